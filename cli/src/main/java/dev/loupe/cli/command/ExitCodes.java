package dev.loupe.cli.command;

/** The exit codes of every command. */
public final class ExitCodes {

  public static final int OK = 0;

  /** The command failed as a whole. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** Some pictures failed and were listed; the others are done. */
  public static final int SOME_FAILED = 3;

  /** Two traces differ beyond rounding, or a receipt does not hold. */
  public static final int DIFFERENT = 4;

  /** Ctrl-C: 128 + SIGINT, the same as the JVM's own exit code. */
  public static final int INTERRUPTED = 130;

  /**
   * The reader of standard output has gone, as in {@code | head -1}: 128 + SIGPIPE, as in other
   * tools.
   */
  public static final int READER_GONE = 141;

  private ExitCodes() {}
}

package dev.loupe.cli;

/** The exit codes of every command. */
final class ExitCodes {

  static final int OK = 0;

  /** The command failed as a whole. */
  static final int FAILED = 1;

  /** The command line makes no sense. */
  static final int USAGE = 2;

  /** Some pictures failed and were listed; the others are done. */
  static final int SOME_FAILED = 3;

  /** Ctrl-C: 128 + SIGINT, also what the JVM itself ends with. */
  static final int INTERRUPTED = 130;

  /**
   * The reader of standard output has gone, as in {@code | head -1}: 128 + SIGPIPE, as other tools
   * end.
   */
  static final int READER_GONE = 141;

  private ExitCodes() {}
}

package dev.loupe.cli.command;

import java.io.IOException;

/** Closes something also when the JVM is ended by Ctrl-C, which runs no {@code finally}. */
public final class ShutdownCleanup implements AutoCloseable {

  private final Thread hook;

  private ShutdownCleanup(Thread hook) {
    this.hook = hook;
  }

  /** Something to close, whose own close may run twice and removes what must not be left behind. */
  public interface Cleanable {
    void close() throws IOException;
  }

  public static ShutdownCleanup of(Cleanable target) {
    Thread hook =
        new Thread(
            () -> {
              try {
                target.close();
              } catch (IOException e) {
                // Nobody is left to tell, and the exit code is that of the signal.
                return;
              }
            },
            "cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    return new ShutdownCleanup(hook);
  }

  /** Ends the watch; whoever opened the target closes it. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // The JVM is ending, and the hook runs.
    }
  }
}

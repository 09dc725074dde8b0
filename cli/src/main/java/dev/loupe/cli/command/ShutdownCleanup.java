package dev.loupe.cli.command;

import java.io.IOException;

/** Closes a resource also when Ctrl-C ends the JVM, which runs no {@code finally}. */
public final class ShutdownCleanup implements AutoCloseable {

  private final Thread hook;

  private ShutdownCleanup(Thread hook) {
    this.hook = hook;
  }

  /** A resource. Its close may run twice, and removes files that must not stay. */
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
                // The JVM is ending: no message is read, and the signal decides the exit code.
                return;
              }
            },
            "cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    return new ShutdownCleanup(hook);
  }

  /** Removes the hook. The owner of the resource closes it. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // The JVM is ending, and the hook runs.
    }
  }
}

package dev.loupe.engine;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A value that is read on a thread of its own while the caller does other work. */
final class Background<T> {
  private final FutureTask<T> task;

  private Background(FutureTask<T> task) {
    this.task = task;
  }

  /** Starts to read; the thread ends when the value is read. */
  static <T> Background<T> start(String thread, Callable<T> read) {
    FutureTask<T> task = new FutureTask<>(read);
    Thread.ofPlatform().daemon().name(thread).start(task);
    return new Background<>(task);
  }

  /**
   * What was read. An interrupt of the caller is kept and does not end the wait, which is short.
   *
   * @throws IOException if reading failed
   */
  T join() throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw failure(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException failure(Throwable cause) {
    return switch (cause) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(cause);
    };
  }
}

package dev.loupe.weights.cache;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Handles every failure of a cache. A cache only saves time, so no failure of it may fail a load:
 * not a full disk, not a mistake in this program, not an {@link Error} such as the {@link
 * InternalError} of a mapped page that cannot be read. The load then continues without the cache,
 * and the listener gets one warning.
 *
 * <p>Safe for several threads.
 */
final class CacheGuard {
  private final CacheListener listener;
  private final AtomicBoolean warned = new AtomicBoolean();

  /** Work on a cache. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws IOException;
  }

  CacheGuard(CacheListener listener) {
    this.listener = listener;
  }

  /** The result of a step; empty if it failed, and weights are to be kept in memory alone. */
  <T> Optional<T> attempt(Step<T> step) {
    Attempt<T> attempt = Attempt.of(step);
    attempt.failure().filter(e -> !warned.getAndSet(true)).ifPresent(e -> warn(e));
    return attempt.result();
  }

  private void warn(Throwable failure) {
    listener.warning(
        ("packed weights cannot be kept on disk, only in memory, so the next load takes as long "
                + "as this one: %s; choose another cache folder, or none")
            .formatted(text(failure)));
  }

  /** The result of reading a file; empty if it is not as it was written. */
  <T> Optional<T> attemptToRead(Object file, Step<T> step) {
    Attempt<T> attempt = Attempt.of(step);
    attempt
        .failure()
        .ifPresent(e -> listener.warning("%s: %s; it is built anew".formatted(file, text(e))));
    return attempt.result();
  }

  /** The outcome of a step: a result or a failure. */
  private record Attempt<T>(Optional<T> result, Optional<Throwable> failure) {

    static <T> Attempt<T> of(Step<T> step) {
      try {
        return new Attempt<>(Optional.of(step.run()), Optional.empty());
      } catch (Throwable e) {
        return new Attempt<>(Optional.empty(), Optional.of(e));
      }
    }
  }

  /** The exceptions of java.nio.file have a path for a message, and the rest in their names. */
  private static String text(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileAlreadyExistsException e -> e.getFile() + ": expected a folder, found a file";
      case NoSuchFileException e -> e.getFile() + ": no such file or folder";
      case FileSystemException e when e.getReason() == null -> e.toString();
      case IOException e when e.getMessage() != null -> e.getMessage();
      default -> failure.toString();
    };
  }
}

package dev.loupe.weights.cache;

import java.nio.file.Path;

/** Gets the progress and the warnings of a {@link WeightsCache}. */
public interface CacheListener {

  /**
   * A file is read to its end, once, to learn what it contains.
   *
   * @param file its name
   * @param done bytes so far
   * @param total bytes of the file
   */
  default void hashed(String file, long done, long total) {}

  /**
   * Weights are laid out for the kernels for the first time, and are going to be kept.
   *
   * @param file where
   * @param bytes about how large it will be
   */
  default void building(Path file, long bytes) {}

  /**
   * The file is being written, and a caller waits for it.
   *
   * @param done bytes so far; {@code total} at the end, even if the end is a failure
   * @param total about how many there will be
   */
  default void written(long done, long total) {}

  /** A failure that changes no result, only the time of this load or of the next. */
  void warning(String message);
}

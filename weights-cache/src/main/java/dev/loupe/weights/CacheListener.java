package dev.loupe.weights;

/** Told what a {@link WeightsCache} does beside handing out weights. */
public interface CacheListener {

  /**
   * A file is read to its end, once, to learn what it contains.
   *
   * @param file its name
   * @param done bytes so far
   * @param total bytes of the file
   */
  default void hashed(String file, long done, long total) {}

  /** Something that does no harm to results, only to the time of this load or of the next. */
  void warning(String message);
}

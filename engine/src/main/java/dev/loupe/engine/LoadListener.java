package dev.loupe.engine;

import dev.loupe.weights.cache.CacheListener;

/** Gets the progress of loading a model. */
@FunctionalInterface
public interface LoadListener extends CacheListener {

  /** Ignores the progress, and writes warnings to the log. */
  LoadListener NONE = (done, total) -> {};

  /**
   * Some weights are ready for the kernels.
   *
   * @param done bytes of weights so far
   * @param total bytes of weights in the checkpoint
   */
  void packed(long done, long total);

  /** Logs the message, unless overridden. */
  @Override
  default void warning(String message) {
    System.getLogger(LoadListener.class.getPackageName()).log(System.Logger.Level.WARNING, message);
  }
}

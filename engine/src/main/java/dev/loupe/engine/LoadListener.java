package dev.loupe.engine;

import dev.loupe.weights.cache.CacheListener;

/** Hears how far the loading of a model has come. */
@FunctionalInterface
public interface LoadListener extends CacheListener {

  /** Hears nothing but warnings, which it passes to the log. */
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

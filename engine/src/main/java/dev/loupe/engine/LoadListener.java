package dev.loupe.engine;

/** Told how far the loading of a model has come. */
@FunctionalInterface
public interface LoadListener {

  /** Hears nothing. */
  LoadListener NONE = (done, total) -> {};

  /**
   * Some weights were laid out for the kernels.
   *
   * @param done bytes of weights so far
   * @param total bytes of weights in the checkpoint
   */
  void packed(long done, long total);
}

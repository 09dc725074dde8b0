package dev.loupe.weights;

import dev.loupe.tensor.WeightSource;

/** The weights of one model, open until {@link #close}, which ends all its tensors. */
public interface ModelWeights extends WeightSource, AutoCloseable {

  /** The bytes of all tensors together. */
  long byteSize();

  /** Frees the memory. A second call does nothing. */
  @Override
  void close();
}

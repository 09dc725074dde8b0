package dev.loupe.weights;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;

/**
 * A tensor as it is stored, without its numbers.
 *
 * @param origin where it lies, for messages: {@code model-00001-of-00002.safetensors}
 */
public record StoredTensor(DType dtype, Shape shape, String origin) {

  /** The bytes of its numbers. */
  public long bytes() {
    return shape.elements() * dtype.bytes();
  }
}

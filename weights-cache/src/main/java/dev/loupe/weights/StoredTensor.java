package dev.loupe.weights;

import dev.loupe.tensor.Shape;
import dev.loupe.weights.safetensors.StoredType;

/**
 * A tensor as it is stored, without its numbers.
 *
 * @param origin where it lies, for messages: {@code model-00001-of-00002.safetensors}
 */
public record StoredTensor(StoredType type, Shape shape, String origin) {

  /** The bytes of its numbers. */
  public long bytes() {
    return type.bytes(shape).orElseThrow();
  }
}

package dev.loupe.tensor;

import java.util.Arrays;
import java.util.Optional;

/**
 * The element types of tensors, named as in safetensors headers.
 *
 * <p>Loupe computes with {@link #F32}, {@link #BF16} and {@link #F16} and reads or writes {@link
 * #I32} and {@link #I64} in traces; the others exist so that a file that holds them can be read and
 * listed.
 */
public enum DType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E4M3(1),
  F8_E5M2(1),
  U16(2),
  I16(2),
  F16(2),
  BF16(2),
  U32(4),
  I32(4),
  F32(4),
  U64(8),
  I64(8),
  F64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The type that safetensors calls {@code name}, or nothing if there is none. */
  public static Optional<DType> named(String name) {
    return Arrays.stream(values()).filter(t -> t.name().equals(name)).findFirst();
  }
}

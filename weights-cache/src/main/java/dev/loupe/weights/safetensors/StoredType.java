package dev.loupe.weights.safetensors;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * The element types of safetensors files, by their names there: all of version 0.8 of the reference
 * implementation. A file may hold tensors of types that Loupe does not compute with; they are
 * listed, and only to read one is an error.
 */
public enum StoredType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private final int bits;
  private final Optional<DType> dtype;

  StoredType(int bits) {
    this.bits = bits;
    this.dtype = DType.named(name());
  }

  /** The type of this name; empty if the format has none. */
  static Optional<StoredType> named(String name) {
    return Arrays.stream(values()).filter(t -> t.name().equals(name)).findFirst();
  }

  /** The type in a file of numbers that Loupe has. */
  public static StoredType of(DType dtype) {
    return valueOf(dtype.name());
  }

  /** The type in memory; empty if Loupe does not read such numbers. */
  public Optional<DType> dtype() {
    return dtype;
  }

  /**
   * The bytes of a tensor of this type; empty if it does not end with a byte.
   *
   * @throws ArithmeticException from 2^63 bits on
   */
  public Optional<Long> bytes(Shape shape) {
    long all = Math.multiplyExact(shape.elements(), (long) bits);
    return all % Byte.SIZE == 0 ? Optional.of(all / Byte.SIZE) : Optional.empty();
  }
}

package dev.loupe.tensor;

import java.util.Arrays;
import java.util.Optional;

/**
 * Integers that weights are rounded to when they are packed. A group of 32 weights of an output,
 * neighbours along the depth, shares a float16 scale; a weight is integer times scale, exactly, in
 * float32. So a weight takes 8.5 or 4.5 bits.
 */
public enum QuantisedType {

  /** -128 to 127. */
  INT8(8, DType.I8),

  /** -8 to 7, two in a byte. */
  INT4(4, DType.U8);

  /** How many weights share a scale. */
  public static final int GROUP = 32;

  private final int bits;
  private final DType storage;

  QuantisedType(int bits, DType storage) {
    this.bits = bits;
    this.storage = storage;
  }

  /** The bits of an integer. */
  public int bits() {
    return bits;
  }

  /** The bytes of a weight, its share of a scale included. */
  public double bytes() {
    return (bits + Short.SIZE / (double) GROUP) / Byte.SIZE;
  }

  /** The type of the bytes in which the integers lie, by which a packed tensor is recognised. */
  public DType storage() {
    return storage;
  }

  /** The type whose integers lie in bytes of this type; empty for weights that are no integers. */
  public static Optional<QuantisedType> storedIn(DType storage) {
    return Arrays.stream(values()).filter(t -> t.storage == storage).findFirst();
  }
}

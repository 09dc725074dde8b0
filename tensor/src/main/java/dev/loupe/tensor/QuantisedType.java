package dev.loupe.tensor;

import java.util.Arrays;
import java.util.Optional;

/**
 * Integers that weights are rounded to when they are packed. A group of weights of an output,
 * neighbours along the depth, shares a float16 scale; a weight is integer times scale, exactly, in
 * float32. In groups of 32 a weight takes 8.5 or 4.5 bits, in groups of 128 8.125 or 4.125.
 */
public enum QuantisedType {

  /** -128 to 127, in groups of 32. */
  INT8(8, 32, DType.I8),

  /** -8 to 7, in groups of 32. */
  INT4(4, 32, DType.U8),

  /** -128 to 127, in groups of 128. */
  INT8_BY_128(8, 128, DType.I16),

  /** -8 to 7, in groups of 128. */
  INT4_BY_128(4, 128, DType.U16);

  private final int bits;
  private final int group;
  private final DType storage;

  QuantisedType(int bits, int group, DType storage) {
    this.bits = bits;
    this.group = group;
    this.storage = storage;
  }

  /** What a user calls it: {@code int8}, {@code int4:128}. */
  public String text() {
    return "int" + bits + (group == INT8.group ? "" : ":" + group);
  }

  /** The bits of an integer. */
  public int bits() {
    return bits;
  }

  /** How many weights share a scale. */
  public int group() {
    return group;
  }

  /** The bytes of a weight, its share of a scale included. */
  public double bytes() {
    return (bits + Short.SIZE / (double) group) / Byte.SIZE;
  }

  /** A mark by which packed tensors are recognised: a type that no weights are stored in. */
  public DType storage() {
    return storage;
  }

  /** The type that has this mark; empty for weights that are no integers. */
  public static Optional<QuantisedType> storedIn(DType storage) {
    return Arrays.stream(values()).filter(t -> t.storage == storage).findFirst();
  }
}

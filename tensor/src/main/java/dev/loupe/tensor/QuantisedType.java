package dev.loupe.tensor;

import java.util.Arrays;
import java.util.Optional;

/**
 * Integers that weights lie in memory as, because they are rounded to them when they are packed, or
 * stored so. A group of weights of an output, neighbours along the depth, shares a float16 scale,
 * and in some types a zero point. A weight is integer minus zero point, times scale, exactly, in
 * float32. In groups of 32 a weight takes 8.5 or 4.5 bits, in groups of 128 8.125 or 4.125; with
 * zero points, 5 or 4.25.
 */
public enum QuantisedType {

  /** -128 to 127, in groups of 32. */
  INT8(8, 32, false, DType.I8),

  /** -8 to 7, in groups of 32. */
  INT4(4, 32, false, DType.U8),

  /** -128 to 127, in groups of 128. */
  INT8_BY_128(8, 128, false, DType.I16),

  /** -8 to 7, in groups of 128. */
  INT4_BY_128(4, 128, false, DType.U16),

  /** -8 to 7 with zero points, in groups of 32. */
  INT4_ZEROS(4, 32, true, DType.I32),

  /** -8 to 7 with zero points, in groups of 128. */
  INT4_ZEROS_BY_128(4, 128, true, DType.U32);

  private final int bits;
  private final int group;
  private final boolean zeros;
  private final DType storage;

  QuantisedType(int bits, int group, boolean zeros, DType storage) {
    this.bits = bits;
    this.group = group;
    this.zeros = zeros;
    this.storage = storage;
  }

  /**
   * The type for groups of a size that a checkpoint has: a group of 128, or else of 32, repeats the
   * scale of the larger one that it is a part of.
   *
   * @param zeros whether groups have zero points
   * @return empty if no type has such groups
   */
  public static Optional<QuantisedType> holding(int bits, int group, boolean zeros) {
    return Arrays.stream(values())
        .filter(t -> t.bits == bits && t.zeros == zeros && group % t.group == 0)
        .reduce((a, b) -> a.group > b.group ? a : b);
  }

  /** What a user calls it: {@code int8}, {@code int4:128}. Zero points are never asked for. */
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

  /** Whether a group has a zero point. */
  public boolean zeros() {
    return zeros;
  }

  /** The bytes of a weight, its share of scale and zero point included. */
  public double bytes() {
    return (bits + Short.SIZE * (zeros ? 2 : 1) / (double) group) / Byte.SIZE;
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

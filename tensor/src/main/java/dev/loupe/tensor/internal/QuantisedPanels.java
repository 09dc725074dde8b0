package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * How quantised weights lie in a panel of 16 outputs, and what they are.
 *
 * <p>A panel is blocks of two groups, of 64 or 256 steps. A block is lines of 16 words of 32 bits,
 * a word for each output. The first line has the float16 scales of its groups, the first one in the
 * low half; where groups have zero points, a second line has their negatives, 16 bits each. Then
 * come the integers in runs of 32 steps, 4 of 4 bits or 2 of 8 bits in half a word, the first step
 * in the lowest bits. The low halves of the 4 or 8 lines of a run are its first 16 steps, line by
 * line, and the high halves are the others. What a last block holds past the depth is never used in
 * a result.
 *
 * <p>A weight is integer minus zero point, times scale, which float32 holds exactly.
 */
final class QuantisedPanels {

  /** Steps of a run. */
  static final int RUN = 32;

  /** Groups of a block: their scales fill a line. */
  static final int SCALES = 2;

  /** Bytes of a line. */
  static final int LINE = 64;

  /** Of each type of elements, by its place. They are asked for each weight. */
  private static final int[] BITS = new int[DType.values().length];

  private static final int[] GROUPS = new int[DType.values().length];

  private static final boolean[] ZEROS = new boolean[DType.values().length];

  static {
    for (QuantisedType type : QuantisedType.values()) {
      BITS[type.storage().ordinal()] = type.bits();
      GROUPS[type.storage().ordinal()] = type.group();
      ZEROS[type.storage().ordinal()] = type.zeros();
    }
  }

  private QuantisedPanels() {}

  /** Whether panels of this type are laid out as here. */
  static boolean hold(DType dtype) {
    return BITS[dtype.ordinal()] != 0;
  }

  /** The bits of an integer in panels of this type. */
  static int bits(DType dtype) {
    return BITS[dtype.ordinal()];
  }

  /** Steps of the depth that share a scale. */
  static int group(DType dtype) {
    return GROUPS[dtype.ordinal()];
  }

  /** Whether groups have zero points. */
  static boolean zeros(DType dtype) {
    return ZEROS[dtype.ordinal()];
  }

  /** The lines of a block before those of the integers. */
  static int head(DType dtype) {
    return zeros(dtype) ? 2 : 1;
  }

  /** How many runs share a scale, as a power of two: its exponent. */
  static int sharing(DType dtype) {
    return Integer.numberOfTrailingZeros(group(dtype) / RUN);
  }

  /** The bytes of a panel of this depth. */
  static long panelBytes(DType dtype, int depth) {
    int block = SCALES * group(dtype);
    return (depth + block - 1) / block * blockBytes(dtype);
  }

  /** The bytes of a block. */
  static long blockBytes(DType dtype) {
    return (head(dtype) + SCALES * group(dtype) * bits(dtype) / Integer.SIZE) * (long) LINE;
  }

  /**
   * The weight of an output at one step.
   *
   * @param lane where the panel starts, in bytes, plus four times the output in it
   */
  static float weight(MemorySegment data, DType dtype, long lane, int k) {
    int bits = bits(dtype);
    int group = k / group(dtype);
    long block = lane + group / SCALES * blockBytes(dtype);
    long half = block + group % SCALES * (long) Short.BYTES;
    float scale = Float.float16ToFloat(data.get(Tensor.HALF, half));
    int within = k - group / SCALES * SCALES * group(dtype);
    int word = data.get(Tensor.INT, block + (head(dtype) + line(bits, within)) * (long) LINE);
    int unused = Integer.SIZE - bits;
    int integer = word << unused - shift(bits, k) >> unused;
    // Both products are exact, and so is their sum: this is (integer - zero) scale.
    return zeros(dtype)
        ? Math.fma(integer, scale, data.get(Tensor.HALF, half + LINE) * scale)
        : integer * scale;
  }

  /** The line of a block, counted after its head, in which a step of the block lies. */
  static int line(int bits, int k) {
    int lines = RUN * bits / Integer.SIZE;
    return k / RUN * lines + k % (RUN / 2) * bits / Short.SIZE;
  }

  /** Where in its word the integer of a step begins. */
  static int shift(int bits, int k) {
    int half = k % RUN / (RUN / 2);
    return half * Short.SIZE + k * bits % Short.SIZE;
  }
}

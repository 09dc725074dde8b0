package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * How quantised weights lie in a panel of 16 outputs, and what they are.
 *
 * <p>A panel is {@code ceil(depth / 64)} blocks of 64 steps. A block is lines of 16 words of 32
 * bits, a word for each output. The first line has the float16 scales of its two groups of 32
 * steps, the first one in the low half. Then come the integers, group by group, 4 of 4 bits or 2 of
 * 8 bits in half a word, the first step in the lowest bits. The low halves of the 4 or 8 lines of a
 * group are its first 16 steps, line by line, and the high halves are the others. What a last block
 * holds past the depth is never used in a result.
 *
 * <p>A weight is integer times scale, which float32 holds exactly.
 */
final class QuantisedPanels {

  /** Steps of the depth that share a scale. */
  static final int GROUP = QuantisedType.GROUP;

  /** Steps of a block: two groups, whose scales fill a line. */
  static final int BLOCK = 2 * GROUP;

  /** Bytes of a line. */
  static final int LINE = 64;

  private QuantisedPanels() {}

  /** Whether panels of this type are laid out as here. */
  static boolean hold(DType dtype) {
    return dtype == QuantisedType.INT8.storage() || dtype == QuantisedType.INT4.storage();
  }

  /** The bits of an integer in panels of this type. */
  static int bits(DType dtype) {
    return dtype == QuantisedType.INT8.storage()
        ? QuantisedType.INT8.bits()
        : QuantisedType.INT4.bits();
  }

  /** The bytes of a panel of this depth. */
  static long panelBytes(DType dtype, int depth) {
    return (depth + BLOCK - 1) / BLOCK * blockBytes(dtype);
  }

  /** The bytes of a block. */
  static long blockBytes(DType dtype) {
    return LINE + BLOCK * bits(dtype) / Integer.SIZE * (long) LINE;
  }

  /**
   * The weight of an output at one step.
   *
   * @param lane where the panel starts, in bytes, plus four times the output in it
   */
  static float weight(MemorySegment data, DType dtype, long lane, int k) {
    int bits = bits(dtype);
    long block = lane + k / BLOCK * blockBytes(dtype);
    int group = k % BLOCK / GROUP;
    short scale = data.get(Tensor.HALF, block + group * (long) Short.BYTES);
    int word = data.get(Tensor.INT, block + LINE + line(bits, k) * (long) LINE);
    int unused = Integer.SIZE - bits;
    int integer = word << unused - shift(bits, k) >> unused;
    return integer * Float.float16ToFloat(scale);
  }

  /** The line of a block, counted after that of the scales, in which a step lies. */
  static int line(int bits, int k) {
    int lines = GROUP * bits / Integer.SIZE;
    return k % BLOCK / GROUP * lines + k % (GROUP / 2) * bits / Short.SIZE;
  }

  /** Where in its word the integer of a step begins. */
  static int shift(int bits, int k) {
    int half = k % GROUP / (GROUP / 2);
    return half * Short.SIZE + k * bits % Short.SIZE;
  }
}

package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Widens and rounds weights block by block in arrays, in loops that C2 turns into vectors. */
public final class WeightBlocks {
  private WeightBlocks() {}

  /**
   * Widens elements of a tensor to float32.
   *
   * @param source F32, BF16 or F16
   * @param from the first element, in row-major order
   * @param to holds them afterwards, from index 0 on
   * @param halves room for {@code count}, overwritten
   */
  public static void read(Tensor source, long from, float[] to, short[] halves, int count) {
    switch (source.dtype()) {
      case F32 -> MemorySegment.copy(source.segment(), Tensor.FLOAT, from * 4, to, 0, count);
      case BF16 -> {
        MemorySegment.copy(source.segment(), Tensor.HALF, from * 2, halves, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = Float.intBitsToFloat(halves[i] << 16);
        }
      }
      case F16 -> {
        MemorySegment.copy(source.segment(), Tensor.HALF, from * 2, halves, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = Float.float16ToFloat(halves[i]);
        }
      }
      default ->
          throw new IllegalArgumentException(
              source.dtype() + " weights: expected F32, BF16 or F16");
    }
  }

  /** Rounds each value as {@link Rounding#round} does. */
  public static void round(DType dtype, float[] values, int count) {
    switch (dtype) {
      case F32 -> {}
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          values[i] = toBFloat16(values[i]);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          values[i] = Rounding.round(dtype, values[i]);
        }
      }
    }
  }

  /**
   * As {@link HalfFormat#round}, but without a branch, which would keep the loop from becoming
   * vectors: NaN is chosen by a mask.
   */
  private static float toBFloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    int rounded = bits + 0x7fff + (bits >>> 16 & 1);
    int nan = 0x7f80_0000 - (bits & 0x7fff_ffff) >> 31;
    return Float.intBitsToFloat((rounded & ~nan | 0x7fc0_0000 & nan) & 0xffff_0000);
  }
}

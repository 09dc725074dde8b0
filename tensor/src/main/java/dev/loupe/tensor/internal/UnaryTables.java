package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.UnaryFunction;
import java.lang.foreign.MemorySegment;

/**
 * The activations of the forward pass on 16-bit values, looked up: a 16-bit type has 65,536
 * numbers, so one table of float32 results holds all that {@link UnaryFunction} says of it, and
 * both kinds of kernels read the same 256 KiB. A table is built when a function and type are first
 * asked for, and never changes.
 */
final class UnaryTables {
  private static final int PATTERNS = 1 << 16;

  private UnaryTables() {}

  /**
   * {@code x = function(x)} for {@code count} floats.
   *
   * @param dtype F16 or BF16; the floats must hold values of that type
   */
  static void apply(UnaryFunction function, DType dtype, MemorySegment x, long offset, long count) {
    float[] results = results(function, dtype);
    for (long i = offset; i < offset + count; i++) {
      float value = x.get(Tensor.FLOAT, i * 4);
      int pattern =
          dtype == DType.F16
              ? Float.floatToFloat16(value) & 0xFFFF
              : Float.floatToRawIntBits(value) >>> 16;
      x.set(Tensor.FLOAT, i * 4, results[pattern]);
    }
  }

  private static float[] results(UnaryFunction function, DType dtype) {
    boolean float16 =
        switch (dtype) {
          case F16 -> true;
          case BF16 -> false;
          default -> throw new IllegalArgumentException("expected F16 or BF16, found " + dtype);
        };
    return switch (function) {
      case SILU -> float16 ? SiluF16.RESULTS : SiluBF16.RESULTS;
      case QUICK_GELU -> float16 ? QuickGeluF16.RESULTS : QuickGeluBF16.RESULTS;
      case GELU -> float16 ? GeluF16.RESULTS : GeluBF16.RESULTS;
      default -> throw new IllegalArgumentException("no table of " + function);
    };
  }

  private static float[] build(UnaryFunction function, DType dtype) {
    HalfFormat format = HalfFormat.of(dtype);
    float[] results = new float[PATTERNS];
    for (int pattern = 0; pattern < PATTERNS; pattern++) {
      results[pattern] = format.toFloat(function.apply(dtype, (short) pattern));
    }
    return results;
  }

  // One holder each: the virtual machine initialises a class once, at its first use.

  private static final class SiluF16 {
    static final float[] RESULTS = build(UnaryFunction.SILU, DType.F16);
  }

  private static final class SiluBF16 {
    static final float[] RESULTS = build(UnaryFunction.SILU, DType.BF16);
  }

  private static final class QuickGeluF16 {
    static final float[] RESULTS = build(UnaryFunction.QUICK_GELU, DType.F16);
  }

  private static final class QuickGeluBF16 {
    static final float[] RESULTS = build(UnaryFunction.QUICK_GELU, DType.BF16);
  }

  private static final class GeluF16 {
    static final float[] RESULTS = build(UnaryFunction.GELU, DType.F16);
  }

  private static final class GeluBF16 {
    static final float[] RESULTS = build(UnaryFunction.GELU, DType.BF16);
  }
}

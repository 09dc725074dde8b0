package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;

/**
 * Rounding of a float32 to a value of a narrower type, kept in float32: nearest, ties to even.
 *
 * <p>{@link HalfFormat} has the code. {@link WeightBlocks} and {@code VectorFunctions} repeat it
 * for speed, without a branch and with vectors; {@code RoundingTest} holds all of them to the same
 * numbers.
 */
public final class Rounding {
  private Rounding() {}

  /** x as the nearest value of the type. */
  public static float round(DType dtype, float x) {
    return switch (dtype) {
      case F32 -> x;
      case BF16 -> HalfFormat.BFLOAT16.round(x);
      case F16 -> HalfFormat.FLOAT16.round(x);
      default -> throw new IllegalArgumentException("rounding to " + dtype + " is not defined");
    };
  }
}

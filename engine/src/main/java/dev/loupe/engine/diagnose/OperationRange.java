package dev.loupe.engine.diagnose;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.TensorStatistics;

/**
 * What an operation did in a whole run.
 *
 * @param operation which
 * @param elements how many numbers it gave
 * @param largest the largest finite magnitude before rounding
 * @param infinite how many were rounded to infinity, or were infinite before
 * @param nan how many were NaN
 * @param zeroed how many became 0 that were not
 * @param subnormal how many became subnormal
 */
public record OperationRange(
    OperationId operation,
    long elements,
    float largest,
    long infinite,
    long nan,
    long zeroed,
    long subnormal) {

  static OperationRange of(OperationId operation, TensorStatistics s) {
    long infinite = s.positiveInfinite() + s.negativeInfinite();
    return new OperationRange(
        operation, s.elements(), s.largest(), infinite, s.nan(), s.zeroed(), s.subnormal());
  }

  OperationRange plus(OperationRange later) {
    return new OperationRange(
        operation,
        elements + later.elements,
        Math.max(largest, later.largest),
        infinite + later.infinite,
        nan + later.nan,
        zeroed + later.zeroed,
        subnormal + later.subnormal);
  }

  /** The largest magnitude as a share of the largest finite number of a type. */
  public double share(DType compute) {
    return largest / largestFinite(compute);
  }

  /** The largest finite number: 65504 in float16. */
  static double largestFinite(DType compute) {
    return switch (compute) {
      case F16 -> 65504;
      case BF16 -> 0x1.fep127;
      default -> Float.MAX_VALUE;
    };
  }
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.Rounding;

/**
 * What rounding stored weights to another type has done.
 *
 * @param weights how many were converted; those stored in the compute type are not
 * @param inexact how many changed their value, overflows not counted
 * @param overflowed how many became infinite
 */
public record WeightConversion(long weights, long inexact, long overflowed) {

  /** Nothing converted. */
  public static final WeightConversion NONE = new WeightConversion(0, 0, 0);

  static WeightConversion of(Tensor stored, DType compute, long from, long to) {
    long inexact = 0;
    long overflowed = 0;
    for (long i = from; i < to; i++) {
      float before = stored.getFloat(i);
      float after = Rounding.round(compute, before);
      if (after != before && !Float.isNaN(before)) {
        if (Float.isInfinite(after)) {
          overflowed++;
        } else {
          inexact++;
        }
      }
    }
    return new WeightConversion(to - from, inexact, overflowed);
  }

  WeightConversion plus(WeightConversion other) {
    return new WeightConversion(
        weights + other.weights, inexact + other.inexact, overflowed + other.overflowed);
  }
}

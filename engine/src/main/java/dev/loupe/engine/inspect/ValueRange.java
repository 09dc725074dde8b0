package dev.loupe.engine.inspect;

import dev.loupe.tensor.Tensor;

/**
 * A tensor in a few numbers. Infinities and NaN are counted and otherwise left out.
 *
 * @param count all elements
 * @param nonFinite how many are infinite or NaN
 * @param min the smallest finite element; positive infinity if there is none
 * @param max the largest finite element; negative infinity if there is none
 * @param sumOfMagnitudes of the finite elements, added in order in float64
 */
public record ValueRange(
    long count, long nonFinite, double min, double max, double sumOfMagnitudes) {

  /** The statistics of nothing. */
  public static final ValueRange EMPTY =
      new ValueRange(0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0);

  /**
   * The statistics of a tensor.
   *
   * @throws UnsupportedOperationException unless its type is F32, BF16, F16, I32 or I64
   */
  public static ValueRange of(Tensor tensor) {
    long count = tensor.shape().elements();
    long nonFinite = 0;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (long i = 0; i < count; i++) {
      double value = value(tensor, i);
      if (Double.isFinite(value)) {
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += Math.abs(value);
      } else {
        nonFinite++;
      }
    }
    return new ValueRange(count, nonFinite, min, max, sum);
  }

  private static double value(Tensor tensor, long i) {
    return switch (tensor.dtype()) {
      case I64 -> tensor.segment().get(Tensor.LONG, i * Long.BYTES);
      case I32 -> tensor.segment().get(Tensor.INT, i * Integer.BYTES);
      default -> tensor.getFloat(i);
    };
  }

  /** The statistics of both together. */
  public ValueRange plus(ValueRange other) {
    return new ValueRange(
        count + other.count,
        nonFinite + other.nonFinite,
        Math.min(min, other.min),
        Math.max(max, other.max),
        sumOfMagnitudes + other.sumOfMagnitudes);
  }

  /** How many elements are finite. */
  public long finite() {
    return count - nonFinite;
  }

  /** The mean of the finite elements' magnitudes; NaN if there is none. */
  public double meanMagnitude() {
    return sumOfMagnitudes / finite();
  }
}

package dev.loupe.tensor.nn;

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

  WeightConversion plus(WeightConversion other) {
    return new WeightConversion(
        weights + other.weights, inexact + other.inexact, overflowed + other.overflowed);
  }
}

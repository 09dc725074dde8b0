package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.internal.Rounding;

/**
 * What rounding does to the float32 result of one operation.
 *
 * @param elements how many
 * @param largest the largest finite magnitude before rounding
 * @param nan how many are NaN afterwards
 * @param positiveInfinite how many are +infinity afterwards
 * @param negativeInfinite how many are -infinity afterwards
 * @param firstNan index of the first NaN, -1 if none; likewise the next two
 * @param zeroed how many became 0 that were not
 * @param subnormal how many became subnormal numbers of the compute type
 * @param rounded how many changed at all, overflows included
 */
public record TensorStatistics(
    long elements,
    float largest,
    long nan,
    long positiveInfinite,
    long negativeInfinite,
    long firstNan,
    long firstPositiveInfinite,
    long firstNegativeInfinite,
    long zeroed,
    long subnormal,
    long rounded) {

  /** The statistics of no numbers at all. */
  public static final TensorStatistics NONE =
      new TensorStatistics(0, 0, 0, 0, 0, -1, -1, -1, 0, 0, 0);

  /** Whether all are finite afterwards. */
  public boolean finite() {
    return nan + positiveInfinite + negativeInfinite == 0;
  }

  /** The statistics of these numbers and of others that follow them. */
  public TensorStatistics plus(TensorStatistics later) {
    return new TensorStatistics(
        elements + later.elements,
        Math.max(largest, later.largest),
        nan + later.nan,
        positiveInfinite + later.positiveInfinite,
        negativeInfinite + later.negativeInfinite,
        first(firstNan, later.firstNan),
        first(firstPositiveInfinite, later.firstPositiveInfinite),
        first(firstNegativeInfinite, later.firstNegativeInfinite),
        zeroed + later.zeroed,
        subnormal + later.subnormal,
        rounded + later.rounded);
  }

  private long first(long mine, long later) {
    return mine >= 0 || later < 0 ? mine : elements + later;
  }

  /** Adds up numbers one by one. */
  public static final class Counter {
    private final DType compute;
    private final float smallestNormal;
    private float largest;
    private long nan;
    private long positiveInfinite;
    private long negativeInfinite;
    private long firstNan = -1;
    private long firstPositiveInfinite = -1;
    private long firstNegativeInfinite = -1;
    private long zeroed;
    private long subnormal;
    private long rounded;
    private long elements;

    /** An empty counter of numbers that are about to be rounded to {@code compute}. */
    public Counter(DType compute) {
      this.compute = compute;
      this.smallestNormal = smallestNormal(compute);
    }

    /** The smallest normal number of a type: 2^-14 in float16. */
    public static float smallestNormal(DType compute) {
      return compute == DType.F16 ? 0x1p-14f : Float.MIN_NORMAL;
    }

    /** Counts the next number. */
    public void add(float before) {
      long index = elements++;
      float after = Rounding.round(compute, before);
      float magnitude = Math.abs(after);
      if (Math.abs(before) < Float.POSITIVE_INFINITY) {
        largest = Math.max(largest, Math.abs(before));
      }
      if (Float.isNaN(after)) {
        firstNan = nan++ == 0 ? index : firstNan;
        return;
      }
      if (after == Float.POSITIVE_INFINITY) {
        firstPositiveInfinite = positiveInfinite++ == 0 ? index : firstPositiveInfinite;
      } else if (after == Float.NEGATIVE_INFINITY) {
        firstNegativeInfinite = negativeInfinite++ == 0 ? index : firstNegativeInfinite;
      }
      if (after != before) {
        rounded++;
        zeroed += after == 0 ? 1 : 0;
      }
      subnormal += magnitude > 0 && magnitude < smallestNormal ? 1 : 0;
    }

    /** The numbers so far. */
    public TensorStatistics statistics() {
      return new TensorStatistics(
          elements,
          largest,
          nan,
          positiveInfinite,
          negativeInfinite,
          firstNan,
          firstPositiveInfinite,
          firstNegativeInfinite,
          zeroed,
          subnormal,
          rounded);
    }
  }
}

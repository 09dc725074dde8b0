package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * How many float32 numbers have which power of two as their leading bit. Numbers below 2^-126 count
 * as zero.
 */
public final class ExponentCounts {

  /** The least exponent that is counted. */
  public static final int LEAST = -126;

  /** The largest one. */
  public static final int LARGEST = 127;

  private static final int BIAS = 127;
  private static final int NON_FINITE = 255;

  private final long[] counts = new long[NON_FINITE + 1];

  /** Counts of nothing. */
  public ExponentCounts() {}

  /** Counts float32 numbers of a segment, from element {@code offset} on. */
  public void add(MemorySegment x, long offset, long count) {
    for (long i = offset; i < offset + count; i++) {
      add(x.getAtIndex(Tensor.FLOAT, i));
    }
  }

  /** Counts a number. */
  public void add(float number) {
    counts[Float.floatToRawIntBits(number) >>> 23 & NON_FINITE]++;
  }

  /** Adds what others counted. */
  public void add(ExponentCounts others) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += others.counts[i];
    }
  }

  /**
   * How many numbers have this exponent.
   *
   * @param exponent {@link #LEAST} to {@link #LARGEST}: 15 for numbers from 32768 up to 65536
   */
  public long count(int exponent) {
    return counts[exponent + BIAS];
  }

  /** How many are zero. */
  public long zeros() {
    return counts[0];
  }

  /** How many are infinite or NaN. */
  public long nonFinite() {
    return counts[NON_FINITE];
  }
}

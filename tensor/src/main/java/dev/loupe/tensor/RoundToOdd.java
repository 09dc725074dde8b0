package dev.loupe.tensor;

import java.math.BigDecimal;

/**
 * Rounding to odd: an inexact value becomes the one of its two neighbours whose last bit is set.
 *
 * <p>That bit remembers that something was cut off, so a second rounding, to nearest, gives what
 * one rounding of the exact value would have given, provided the first format is at least two bits
 * longer than the second (S. Boldo and G. Melquiond, "Emulation of a FMA and correctly-rounded
 * sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57, 2008).
 * Rounding to nearest twice does not: 1 + 2^-11 + 2^-40 is just above a tie of float16, but its
 * float32 is the tie.
 *
 * <p>float32 has 13 bits more than float16 and 16 more than bfloat16, subnormals included; float64
 * has 29 more than float32.
 */
final class RoundToOdd {
  private RoundToOdd() {}

  /** {@code x} as a float32; NaN stays NaN, and only an infinity becomes one. */
  static float narrow(double x) {
    float nearest = (float) x;
    boolean odd = (Float.floatToRawIntBits(nearest) & 1) != 0;
    if (odd || x == nearest) {
      return nearest;
    }
    return x > nearest ? Math.nextUp(nearest) : x < nearest ? Math.nextDown(nearest) : nearest;
  }

  /**
   * {@code a + b}, where neither the sum overflows nor its error underflows a float64: with
   * operands of magnitude 2^-266 to 2^257, as products of two bfloat16 are, they cannot.
   */
  static double sum(double a, double b) {
    double sum = a + b;
    double bPart = sum - a; // Knuth's TwoSum: a + b = sum + error, exactly
    double error = (a - (sum - bPart)) + (b - bPart);
    return toOdd(sum, error > 0 ? 1 : error < 0 ? -1 : 0);
  }

  /** {@code exact} as a float64; beyond the range of one, an infinity or zero. */
  static double narrow(BigDecimal exact) {
    double nearest = exact.doubleValue();
    if (Double.isInfinite(nearest)) {
      return nearest;
    }
    return toOdd(nearest, exact.compareTo(new BigDecimal(nearest)));
  }

  /**
   * @param nearest the exact value rounded to nearest
   * @param side the sign of the exact value less {@code nearest}
   */
  private static double toOdd(double nearest, int side) {
    boolean odd = (Double.doubleToRawLongBits(nearest) & 1) != 0;
    if (odd || side == 0) {
      return nearest;
    }
    return side > 0 ? Math.nextUp(nearest) : Math.nextDown(nearest);
  }
}

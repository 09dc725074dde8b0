package dev.loupe.engine.page;

import java.util.stream.IntStream;

/**
 * Powers of ten, each the nearest double, found by comparison: {@link Math#pow} and {@link
 * Math#log10} may differ from machine to machine, and so would a page.
 */
public final class PowersOfTen {

  private static final int LEAST = -323;
  private static final int LARGEST = 308;

  private static final double[] POWERS =
      IntStream.rangeClosed(LEAST, LARGEST)
          .mapToDouble(exponent -> Double.parseDouble("1e" + exponent))
          .toArray();

  private PowersOfTen() {}

  /** Ten to the power of {@code exponent}. */
  public static double of(int exponent) {
    return POWERS[exponent - LEAST];
  }

  /** The exponent of the largest power that is no larger than a positive number. */
  public static int floor(double value) {
    int exponent = LARGEST;
    while (exponent > LEAST && of(exponent) > value) {
      exponent--;
    }
    return exponent;
  }

  /** The exponent of the least power that is no smaller than a positive number. */
  public static int ceil(double value) {
    int exponent = floor(value);
    return of(exponent) < value && exponent < LARGEST ? exponent + 1 : exponent;
  }

  /** {@code 0.001} to {@code 10000}; {@code 1e-4} and {@code 1e5} where that is shorter. */
  public static String label(int exponent) {
    if (exponent < -3 || exponent > 4) {
      return "1e" + exponent;
    }
    return exponent < 0 ? "0." + "0".repeat(-exponent - 1) + "1" : "1" + "0".repeat(exponent);
  }
}

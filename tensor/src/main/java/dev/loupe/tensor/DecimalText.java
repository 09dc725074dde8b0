package dev.loupe.tensor;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.DoublePredicate;

/** Decimal text of the 16-bit formats, by the rules of {@link Float#toString(float)}. */
final class DecimalText {
  private DecimalText() {}

  /**
   * The shortest decimal that reads back as the same number, and of several the nearest. Like
   * {@link Float#toString(float)} it has at least two digits, so a second digit that costs nothing
   * is not wasted on a zero: the float16 of 2^-24 * 3 is 1.8E-7, although 2E-7 would read back too.
   *
   * @param value any number of a format of at most 16 bits
   * @param sameNumber whether a float64 rounds to {@code value} in that format
   */
  static String shortest(double value, DoublePredicate sameNumber) {
    if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.toString(value);
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 2; ; digits++) {
      BigDecimal inner = exact.round(new MathContext(digits, RoundingMode.DOWN));
      BigDecimal outer = exact.round(new MathContext(digits, RoundingMode.UP));
      BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      BigDecimal other = nearest.equals(inner) ? outer : inner;
      // The other one can be right alone: below a power of two the numbers lie twice as dense.
      for (BigDecimal candidate : new BigDecimal[] {nearest, other}) {
        if (sameNumber.test(RoundToOdd.narrow(candidate))) {
          // A float64 prints any decimal of up to 15 digits as it was; these have 5 at most.
          return Double.toString(candidate.doubleValue());
        }
      }
    }
  }

  /**
   * The float64 that rounds to a 16-bit format as the decimal {@code text} would in one step.
   *
   * @param format the name of the format, for the message
   * @throws NumberFormatException if the text is neither a decimal number nor, with or without a
   *     sign, {@code NaN} or {@code Infinity}
   */
  static double parse(String text, String format) {
    String trimmed = text.strip();
    boolean minus = trimmed.startsWith("-");
    String magnitude = minus || trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
    double parsed =
        switch (magnitude) {
          case "NaN" -> Double.NaN;
          case "Infinity" -> Double.POSITIVE_INFINITY;
          default -> RoundToOdd.narrow(decimal(magnitude, text, format));
        };
    return minus ? -parsed : parsed;
  }

  private static BigDecimal decimal(String magnitude, String text, String format) {
    NumberFormatException cause = null;
    if (!magnitude.startsWith("-") && !magnitude.startsWith("+")) {
      try {
        return new BigDecimal(magnitude);
      } catch (NumberFormatException e) {
        cause = e;
      }
    }
    var refusal =
        new NumberFormatException(
            "%s: expected a decimal number, NaN or Infinity, found \"%s\"".formatted(format, text));
    refusal.initCause(cause);
    throw refusal;
  }
}

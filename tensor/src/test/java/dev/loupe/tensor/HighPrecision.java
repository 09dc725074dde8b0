package dev.loupe.tensor;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Elementary functions to some 50 digits by their power series, as a judge between two roundings.
 * For arguments up to a few hundred: the largest term of the sine of 300 is 10^129.
 */
final class HighPrecision {
  private static final MathContext DIGITS = new MathContext(200);
  private static final BigDecimal NEGLIGIBLE = BigDecimal.ONE.movePointLeft(60);
  private static final BigDecimal TWO = BigDecimal.TWO;
  private static final BigDecimal PI =
      new BigDecimal("3.14159265358979323846264338327950288419716939937510582097494459");

  private HighPrecision() {}

  /** The sum of x^n / n! over n. */
  static BigDecimal exp(BigDecimal x) {
    BigDecimal sum = BigDecimal.ONE;
    BigDecimal term = BigDecimal.ONE;
    for (int n = 1; term.abs().compareTo(NEGLIGIBLE) > 0; n++) {
      term = term.multiply(x).divide(BigDecimal.valueOf(n), DIGITS);
      sum = sum.add(term);
    }
    return sum;
  }

  /** The sum of (-1)^n x^(2n+1) / (2n+1)! over n. */
  static BigDecimal sin(BigDecimal x) {
    return alternating(x, x, 1);
  }

  /** The sum of (-1)^n x^(2n) / (2n)! over n. */
  static BigDecimal cos(BigDecimal x) {
    return alternating(BigDecimal.ONE, x, 0);
  }

  /** From {@code first} on, each term is the one before times -x² / (k + 1) (k + 2). */
  private static BigDecimal alternating(BigDecimal first, BigDecimal x, long k) {
    BigDecimal square = x.multiply(x).negate();
    BigDecimal sum = first;
    BigDecimal term = first;
    for (long i = k; term.abs().compareTo(NEGLIGIBLE) > 0; i += 2) {
      term = term.multiply(square).divide(BigDecimal.valueOf((i + 1) * (i + 2)), DIGITS);
      sum = sum.add(term);
    }
    return sum;
  }

  /** (e^(2x) - 1) / (e^(2x) + 1). */
  static BigDecimal tanh(BigDecimal x) {
    BigDecimal e = exp(x.multiply(TWO));
    return e.subtract(BigDecimal.ONE).divide(e.add(BigDecimal.ONE), DIGITS);
  }

  /** x/2 (1 + erf(x / sqrt 2)), with erf z = 2/sqrt(pi) sum of (-1)^n z^(2n+1) / (n! (2n+1)). */
  static BigDecimal gelu(BigDecimal x) {
    BigDecimal z = x.divide(TWO.sqrt(DIGITS), DIGITS);
    BigDecimal square = z.multiply(z, DIGITS).negate();
    BigDecimal power = z;
    BigDecimal sum = z;
    for (int n = 1; power.abs().compareTo(NEGLIGIBLE) > 0; n++) {
      power = power.multiply(square).divide(BigDecimal.valueOf(n), DIGITS);
      sum = sum.add(power.divide(BigDecimal.valueOf(2L * n + 1), DIGITS));
    }
    BigDecimal erf = sum.multiply(TWO).divide(PI.sqrt(DIGITS), DIGITS);
    return x.multiply(BigDecimal.ONE.add(erf)).divide(TWO, DIGITS);
  }

  /** How far a number is from the exact one. */
  static BigDecimal error(float found, BigDecimal exact) {
    return new BigDecimal(found).subtract(exact).abs();
  }

  /** Whether no other float32 is nearer. */
  static boolean isNearest(float found, BigDecimal exact) {
    BigDecimal error = error(found, exact);
    return error.compareTo(error(Math.nextUp(found), exact)) <= 0
        && error.compareTo(error(Math.nextDown(found), exact)) <= 0;
  }
}

package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ElementaryTest {

  /** Every 997th float32 in the range where exp is neither 0 nor infinite: 2.2 million of them. */
  @Test
  void expIsOffByLessThanItsStatedBound() {
    double worst = 0;
    for (float end : new float[] {Elementary.EXP_UNDERFLOW, Elementary.EXP_OVERFLOW}) {
      int last = Float.floatToRawIntBits(Math.abs(end));
      for (int bits = 0; bits <= last; bits += 997) {
        float x = Math.copySign(Float.intBitsToFloat(bits), end);
        double exact = StrictMath.exp(x);
        if (exact < Float.MIN_VALUE || exact > Float.MAX_VALUE) {
          continue;
        }
        double error = Math.abs(Elementary.exp(x) - exact) / Math.ulp((float) exact);
        worst = Math.max(worst, error);
      }
    }
    assertThat(worst).isLessThan(1);
  }

  @Test
  void expKnowsItsEnds() {
    assertThat(Elementary.exp(0f)).isEqualTo(1f);
    assertThat(Elementary.exp(-0f)).isEqualTo(1f);
    assertThat(Elementary.exp(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
    assertThat(Elementary.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Elementary.exp(Float.NaN)).isNaN();
    assertThat(Elementary.exp(-103.9f)).isEqualTo(Float.MIN_VALUE);
    assertThat(Elementary.exp(Elementary.EXP_UNDERFLOW)).isEqualTo(0f);
    assertThat(Elementary.exp(Math.nextDown(Elementary.EXP_UNDERFLOW))).isEqualTo(0f);
    assertThat(Elementary.exp(88.72283f)).isFinite();
    assertThat(Elementary.exp(88.72284f)).isInfinite();
    assertThat(Elementary.exp(Elementary.EXP_OVERFLOW)).isInfinite();
    assertThat(Elementary.exp(Math.nextUp(Elementary.EXP_OVERFLOW))).isInfinite();
  }

  /** Values of Abramowitz and Stegun, table 7.1, ten digits. */
  @Test
  void erfAgreesWithThePublishedTable() {
    assertThat(Elementary.erf(0.02)).isCloseTo(0.0225645747, within(5e-11));
    assertThat(Elementary.erf(0.5)).isCloseTo(0.5204998778, within(5e-11));
    assertThat(Elementary.erf(1)).isCloseTo(0.8427007929, within(5e-11));
    assertThat(Elementary.erf(1.98)).isCloseTo(0.9948920004, within(5e-11));
    assertThat(Elementary.erf(-1)).isEqualTo(-Elementary.erf(1));
    assertThat(Elementary.erf(0.0)).isEqualTo(0.0);
    assertThat(Elementary.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1.0);
    assertThat(Elementary.erf(Double.NaN)).isNaN();
  }

  /** Against Simpson's rule on 2/sqrt(pi) e^(-t²), 2000 steps, whose own error is below 1e-14. */
  @Test
  void erfIsTheIntegralOfTheBellCurve() {
    for (double x = 0.013; x < 4; x += 0.0137) {
      assertThat(Elementary.erf(x)).as("erf(%s)", x).isCloseTo(simpson(x), within(0x1p-45));
    }
  }

  private static double simpson(double x) {
    int steps = 2000;
    double h = x / steps;
    double sum = bell(0) + bell(x);
    for (int i = 1; i < steps; i++) {
      sum += (i % 2 == 1 ? 4 : 2) * bell(i * h);
    }
    return sum * h / 3;
  }

  private static double bell(double t) {
    return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-t * t);
  }

  private static org.assertj.core.data.Offset<Double> within(double bound) {
    return org.assertj.core.data.Offset.offset(bound);
  }
}

package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * One step of a matrix unit: d = c + a1 b1 + a2 b2 + .., in whole numbers of 64 bits. This is the
 * specification; {@code VectorTensorCore} repeats its bits.
 *
 * <p>Every product is exact, with the exponent ea + eb, although its significand may reach 4. E is
 * the largest exponent of all terms, c included. Each term is cut off below 2^(E - fractionBits),
 * toward zero. The sum of what remains is exact, and is cut off to float32, toward zero; with a
 * float16 accumulator it is rounded to float16, to nearest. A sum of zero is +0.
 *
 * <p>Operands are float32 numbers that hold values of the 16-bit format.
 */
final class TensorCoreStep {
  private static final int FLOAT_FRACTION = 23;
  private static final int FLOAT_MIN_EXPONENT = Float.MIN_EXPONENT;

  /** Below every exponent of a term. */
  private static final int NO_TERM = -10_000;

  private final int fractionBits;
  private final int operandFraction;
  private final int minExponent;
  private final boolean halfAccumulator;

  /**
   * @param format of the operands
   * @param accumulator what a step ends in, F32 or F16
   */
  TensorCoreStep(TensorCore core, HalfFormat format, DType accumulator) {
    this.fractionBits = core.fractionBits();
    this.operandFraction = format == HalfFormat.FLOAT16 ? 10 : 7;
    this.minExponent = format.minExponent();
    this.halfAccumulator = accumulator == DType.F16;
  }

  /**
   * The result of one step.
   *
   * @param a first operands, from {@code at} on
   * @param b second operands, from {@code at} on
   * @param count how many products
   * @param c what was accumulated before
   */
  float of(float[] a, float[] b, int at, int count, float c) {
    int largest = c == 0 ? NO_TERM : exponent(c, FLOAT_MIN_EXPONENT);
    boolean finite = Float.isFinite(c);
    for (int i = at; i < at + count; i++) {
      finite &= Float.isFinite(a[i]) && Float.isFinite(b[i]);
      if (a[i] != 0 && b[i] != 0) {
        int e = exponent(a[i], minExponent) + exponent(b[i], minExponent);
        largest = Math.max(largest, e);
      }
    }
    if (!finite) {
      return special(a, b, at, count, c);
    }
    long sum =
        aligned(
            significand(c, FLOAT_MIN_EXPONENT, FLOAT_FRACTION),
            exponent(c, FLOAT_MIN_EXPONENT) - FLOAT_FRACTION,
            largest);
    for (int i = at; i < at + count; i++) {
      long product =
          significand(a[i], minExponent, operandFraction)
              * significand(b[i], minExponent, operandFraction);
      int e = exponent(a[i], minExponent) + exponent(b[i], minExponent);
      sum += aligned(product, e - 2 * operandFraction, largest);
    }
    return sum == 0 ? 0 : result(sum, largest - fractionBits);
  }

  /**
   * Infinities and NaN. The products of finite operands count for nothing, so float32 says what
   * comes out: NaN for NaN, infinity times zero and infinities of both signs.
   */
  private static float special(float[] a, float[] b, int at, int count, float c) {
    float sum = Float.isFinite(c) ? 0 : c;
    for (int i = at; i < at + count; i++) {
      if (!Float.isFinite(a[i]) || !Float.isFinite(b[i])) {
        sum += a[i] * b[i];
      }
    }
    return sum;
  }

  private static int exponent(float x, int least) {
    return Math.max(Math.getExponent(x), least);
  }

  /** The whole number m, with its sign, of x = m 2^(exponent - fraction). */
  private static long significand(float x, int least, int fraction) {
    return (long) Math.scalb((double) x, fraction - exponent(x, least));
  }

  /** m 2^e in units of 2^(largest - fractionBits), toward zero. */
  private long aligned(long m, int e, int largest) {
    int shift = e - (largest - fractionBits);
    if (shift >= 0) {
      return m << shift;
    }
    long magnitude = Math.abs(m) >> Math.min(-shift, Long.SIZE - 1);
    return m < 0 ? -magnitude : magnitude;
  }

  /** The sum 2^unit as the accumulator holds it. */
  private float result(long sum, int unit) {
    if (halfAccumulator) {
      // Exact: a sum has less than 53 bits, and a product of 16-bit numbers is no double subnormal.
      return HalfFormat.FLOAT16.toFloat(
          HalfFormat.FLOAT16.fromDouble(Math.scalb((double) sum, unit)));
    }
    long magnitude = Math.abs(sum);
    int leading = Long.SIZE - 1 - Long.numberOfLeadingZeros(magnitude) + unit;
    if (leading > Float.MAX_EXPONENT) {
      return Math.copySign(Float.POSITIVE_INFINITY, sum);
    }
    int last = Math.max(leading - FLOAT_FRACTION, Float.MIN_EXPONENT - FLOAT_FRACTION);
    int cut = Math.max(0, last - unit);
    long kept = cut >= Long.SIZE ? 0 : magnitude >> cut << cut;
    return Math.copySign((float) Math.scalb((double) kept, unit), sum);
  }
}

package dev.loupe.tensor.internal;

/**
 * The elementary functions of the forward pass, the same bits on every machine.
 *
 * <p>{@code Math.exp} and {@code VectorOperators.EXP} may differ in the last place between machines
 * and releases, so Loupe has its own; {@link ElementaryTest} measures the stated bounds.
 */
final class Elementary {
  private Elementary() {}

  /** 1.5 x 2^23: adding it to a small float rounds that float to an integer, ties to even. */
  static final float ROUND_TO_INT = 0x1.8p23f;

  static final float LOG2_E = 1.442695041f;

  /** The leading bits of ln 2, so that {@code n * LN2_HIGH} is exact for |n| up to 2^8. */
  static final float LN2_HIGH = 0.693145751953125f;

  /** ln 2 - {@link #LN2_HIGH}. */
  static final float LN2_LOW = 1.428606765330187e-06f;

  /** Below it exp is 0. */
  static final float EXP_UNDERFLOW = -104;

  /** Above it exp is infinite, and already somewhat below. */
  static final float EXP_OVERFLOW = 100;

  /** (e^r - 1 - r) / r² on |r| up to ln(2)/2, in ascending powers. */
  static final float[] EXP_TAIL = {
    0.5f,
    0.166666671633720397949219f,
    0.0416664853692054748535156f,
    0.00833336077630519866943359f,
    0.00139304355252534151077271f,
    0.000198527617612853646278381f
  };

  /**
   * e^x, off by less than 1 unit in the last place; exactly 1 at 0, 0 below {@link #EXP_UNDERFLOW},
   * +infinity above {@link #EXP_OVERFLOW}, NaN for NaN.
   *
   * <p>x = n ln 2 + r with |r| at most ln(2)/2, and e^x = 2^n (1 + r + r² q(r)). The operations and
   * their order are those of {@code expf} of SLEEF 3 with 1 unit ({@code Sleef_expf16_u10}), which
   * PyTorch's softmax and activations take on an x86 CPU, so the bits are the same. The power of
   * two is applied in two halves: a subnormal result is rounded once more, but not twice.
   */
  static float exp(float x) {
    if (!(x >= EXP_UNDERFLOW)) {
      return Float.isNaN(x) ? Float.NaN : 0f;
    }
    if (x > EXP_OVERFLOW) {
      return Float.POSITIVE_INFINITY;
    }
    float n = x * LOG2_E + ROUND_TO_INT - ROUND_TO_INT;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float q = EXP_TAIL[EXP_TAIL.length - 1];
    for (int i = EXP_TAIL.length - 2; i >= 0; i--) {
      q = Math.fma(q, r, EXP_TAIL[i]);
    }
    float p = 1 + Math.fma(r * r, q, r);
    int power = (int) n;
    int half = power >> 1;
    return p * powerOfTwo(half) * powerOfTwo(power - half);
  }

  /** 2^n for -126 <= n <= 127. */
  static float powerOfTwo(int n) {
    return Float.intBitsToFloat(n + 127 << 23);
  }

  /**
   * Beyond this |x|, erf rounds to 1 in float32: 1 - erf(4) is 1.5e-8, half an ulp below 1 is 3e-8.
   */
  private static final double ERF_SATURATES = 4;

  private static final int ERF_NODES_PER_UNIT = 16;

  /**
   * Taylor coefficients of erf about each node i / 16. Ten terms for |h| up to 1/32: the first
   * neglected one is below 2^-50.
   */
  private static final double[][] ERF_TAYLOR = erfTaylor();

  /** erf(x) in double precision, off by less than 2^-45; odd, NaN for NaN. */
  static double erf(double x) {
    double magnitude = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (magnitude >= ERF_SATURATES) {
      return Math.copySign(1, x);
    }
    int node = (int) Math.rint(magnitude * ERF_NODES_PER_UNIT);
    double h = magnitude - (double) node / ERF_NODES_PER_UNIT;
    double[] c = ERF_TAYLOR[node];
    double sum = c[c.length - 1];
    for (int i = c.length - 2; i >= 0; i--) {
      sum = Math.fma(sum, h, c[i]);
    }
    return Math.copySign(sum, x);
  }

  /**
   * The derivatives of erf are Hermite polynomials times its first: with g = 2/sqrt(pi) e^(-a²),
   * the coefficient c[n] of h^n satisfies c[1] = g and (n+1) n c[n+1] = -2 (a n c[n] + (n-1)
   * c[n-1]) (from erf'' = -2 x erf').
   */
  private static double[][] erfTaylor() {
    int nodes = (int) ERF_SATURATES * ERF_NODES_PER_UNIT + 1;
    double[][] all = new double[nodes][11];
    for (int node = 0; node < nodes; node++) {
      double a = (double) node / ERF_NODES_PER_UNIT;
      double[] c = all[node];
      c[0] = erfSeries(a);
      c[1] = 2 / StrictMath.sqrt(Math.PI) * StrictMath.exp(-a * a);
      for (int n = 1; n + 1 < c.length; n++) {
        c[n + 1] = -2 * (a * n * c[n] + (n - 1) * c[n - 1]) / ((n + 1) * n);
      }
    }
    return all;
  }

  /**
   * erf(a) = 2/sqrt(pi) e^(-a²) sum 2^n a^(2n+1) / (2n+1)!!: all terms positive, so no
   * cancellation.
   */
  private static double erfSeries(double a) {
    double term = a;
    double sum = a;
    for (int n = 1; term > sum * 0x1p-60; n++) {
      term *= 2 * a * a / (2 * n + 1);
      sum += term;
    }
    return 2 / StrictMath.sqrt(Math.PI) * StrictMath.exp(-a * a) * sum;
  }
}

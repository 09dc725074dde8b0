package dev.loupe.tensor;

/**
 * GELU in bfloat16 as PyTorch computes it on an x86 processor with AVX-512: oneDNN's piecewise
 * polynomials for the error function (Apache-2.0, {@code jit_uni_eltwise_injector.cpp} of oneDNN
 * 3.12, {@code gelu_erf_minimax}).
 */
final class OneDnnGelu {

  /** Two bits of the fraction and the exponent choose the polynomial, from here on. */
  private static final int FIRST = 0xc21fffff;

  private static final int INDEX_SHIFT = 21;

  /** From here on the error function is 1. */
  private static final float BOUND = 0x1.62b9dcp2f;

  private static final int ONE = 23;

  /** erf(x / sqrt 2) for x in one interval: coefficients of x^0 to x^5. The last one keeps NaN. */
  private static final float[][] POLYNOMIALS =
      table(
          """
          -0x1.e59728p-50 0x1.988454p-1   -0x1.42e7e8p-19 -0x1.103432p-3  -0x1.7ac3b6p-11 0x1.6fb018p-6
          0x1.04ef24p-26  0x1.98843ep-1   0x1.6bc99ep-17  -0x1.108aep-3   0x1.e12f46p-12  0x1.36c0ap-6
          0x1.039818p-24  0x1.98840ep-1   0x1.e5ff12p-16  -0x1.10c736p-3  0x1.b08bb8p-11  0x1.2f1a22p-6
          0x1.a47a94p-23  0x1.988396p-1   0x1.18477cp-14  -0x1.11306ep-3  0x1.63f46ap-10  0x1.25d0ap-6
          0x1.35889ap-21  0x1.988276p-1   0x1.2ea6b8p-13  -0x1.11e812p-3  0x1.19df7p-9    0x1.1a0b16p-6
          0x1.e6db1p-20   0x1.987f5ap-1   0x1.56556p-12   -0x1.13572ap-3  0x1.ca756cp-9   0x1.0908a8p-6
          0x1.dd0452p-18  0x1.98745ep-1   0x1.c1f5b6p-11  -0x1.16cdap-3   0x1.95ca4ep-8   0x1.d9ac46p-7
          0x1.714776p-16  0x1.985a8p-1    0x1.f372cp-10   -0x1.1c8014p-3  0x1.442e24p-7   0x1.990496p-7
          0x1.cf4426p-15  0x1.9828d4p-1   0x1.dca922p-9   -0x1.249bfp-3   0x1.d8b08p-7    0x1.54f26ap-7
          0x1.800676p-13  0x1.978682p-1   0x1.149d8ap-7   -0x1.37bc04p-3  0x1.814e06p-6   0x1.c1672p-8
          0x1.54b43ap-11  0x1.95a118p-1   0x1.4b5518p-6   -0x1.5e3392p-3  0x1.3b9832p-5   0x1.0ca358p-9
          0x1.c6b0c6p-10  0x1.91f19ep-1   0x1.4271b2p-5   -0x1.92637ep-3  0x1.c6cadap-5   -0x1.465ea6p-9
          0x1.f051e4p-9   0x1.8bf58ep-1   0x1.0e6fa8p-4   -0x1.d0bf78p-3  0x1.2ab20ep-4   -0x1.a85f4p-8
          0x1.116296p-7   0x1.809c0ep-1   0x1.bf6ccp-4    -0x1.1392bep-2  0x1.7f322p-4    -0x1.58a6ccp-7
          0x1.a2bda6p-7   0x1.77301ep-1   0x1.1e4f56p-3   -0x1.2d9794p-2  0x1.aa7ed2p-4   -0x1.92593cp-7
          -0x1.a0646cp-9  0x1.91bfe6p-1   0x1.280096p-4   -0x1.008954p-2  0x1.6fb9dep-4   -0x1.54f54cp-7
          -0x1.1b1cbcp-4  0x1.f16436p-1   -0x1.1dfbd6p-3  -0x1.0aa1e4p-3  0x1.c73d7cp-5   -0x1.aaba08p-8
          -0x1.1579b2p-2  0x1.760e08p0    -0x1.3b2d86p-1  0x1.9fad42p-4   -0x1.ddbc9p-11  -0x1.0474ecp-10
          -0x1.183344p-1  0x1.033864p1    -0x1.13b6bp0    0x1.29904cp-2   -0x1.457cd2p-5  0x1.20555p-9
          -0x1.99665p-2   0x1.ca6dacp0    -0x1.db312ep-1  0x1.f268bep-3   -0x1.0839e2p-5  0x1.c4b4fcp-10
          0x1.2ed9dap-3   0x1.02663cp0    -0x1.ed3f7p-2   0x1.d9d922p-4   -0x1.c9eb56p-7  0x1.63ef24p-11
          0x1.8e1b32p-1   0x1.d90d08p-3   -0x1.89f15p-4   0x1.48cadp-6    -0x1.12f464p-9  0x1.7086eap-14
          0x1.f5765p-1    0x1.31f26cp-6   -0x1.bcc844p-8  0x1.43c014p-10  -0x1.d7e7p-14   0x1.1376b4p-18
          0x1p0           0x0p0           0x0p0           0x0p0           0x0p0           0x0p0
          0x0p0           0x1p0           0x0p0           0x0p0           0x0p0           0x0p0
          """);

  private OneDnnGelu() {}

  private static float[][] table(String rows) {
    return rows.lines().map(OneDnnGelu::numbers).toArray(float[][]::new);
  }

  private static float[] numbers(String row) {
    String[] words = row.split(" +");
    float[] numbers = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }

  /** x/2 (1 + erf(x / sqrt 2)), before it is rounded to bfloat16; a subnormal result is zero. */
  static float of(float x) {
    float magnitude = Math.abs(x);
    int interval = Float.floatToRawIntBits(magnitude) + FIRST >> INDEX_SHIFT;
    int index = Math.clamp(interval, 1, POLYNOMIALS.length - 1);
    float[] c = POLYNOMIALS[magnitude > BOUND ? ONE : index];
    float erf = c[5];
    for (int power = 4; power >= 0; power--) {
      erf = Math.fma(erf, magnitude, c[power]);
    }
    float y = x * (1 + (x < 0 ? -erf : erf)) * 0.5f;
    return Math.abs(y) < Float.MIN_NORMAL ? Math.copySign(0, y) : y;
  }
}

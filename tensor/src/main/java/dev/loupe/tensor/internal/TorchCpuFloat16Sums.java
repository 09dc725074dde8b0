package dev.loupe.tensor.internal;

/**
 * float16: many partial sums, folded at the end. Products of 9 depths agree in every bit. A product
 * of two float16 numbers is exact in float32, so only the order of additions counts.
 */
final class TorchCpuFloat16Sums implements TorchCpuSums {

  /** Interleaved partial sums of x Wᵀ and q kᵀ: term k goes to sum k mod 64. */
  private static final int WIDE = 64;

  /** What is left of them in sixteens goes to 8 sums, and the rest is added singly. */
  private static final int LEFTOVER = 16;

  /** Interleaved partial sums of x W and of weights times values. */
  private static final int NARROW = 4;

  @Override
  public float product(float[] a, float[] b) {
    int whole = a.length / WIDE * WIDE;
    int sixteens = whole + (a.length - whole) / LEFTOVER * LEFTOVER;
    float[] partial = new float[WIDE];
    for (int k = 0; k < whole; k++) {
      partial[k % WIDE] += a[k] * b[k];
    }
    float[] leftover = new float[LEFTOVER / 2];
    for (int k = whole; k < sixteens; k++) {
      leftover[k % leftover.length] += a[k] * b[k];
    }
    float sum = folded(partial) + folded(leftover);
    for (int k = sixteens; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static float folded(float[] partial) {
    for (int half = partial.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        partial[i] += partial[i + half];
      }
    }
    return partial[0];
  }

  @Override
  public float weightedSum(float[] a, float[] b) {
    float[] partial = new float[NARROW];
    int whole = a.length / NARROW * NARROW;
    for (int k = 0; k < a.length; k++) {
      partial[k < whole ? k % NARROW : 0] += a[k] * b[k];
    }
    return ((partial[0] + partial[1]) + partial[2]) + partial[3];
  }

  @Override
  public float convolution(float[] a, float[] b, int channels) {
    return product(a, b);
  }
}

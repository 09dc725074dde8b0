package dev.loupe.tensor.internal;

/**
 * bfloat16 on a processor with AVX512-BF16, where oneDNN multiplies with {@code VDPBF16PS}: a fused
 * multiply-add of the second number of a pair, then one of the first. Subnormal operands count as
 * zero, and a subnormal result becomes zero.
 *
 * <p>Found with products made to cancel, so that each output is what was rounded away. Linear
 * layers, attention and the convolution of the patches agree in every bit, with one thread and with
 * two; those of more than 1,024 terms on a Zen 4 alone: elsewhere their chains had 1,024 terms.
 * Products of at most 4,096 multiplications in all take another way in PyTorch, which is not known
 * here; a prompt of four tokens is past them.
 */
final class TorchCpuBFloat16Sums implements TorchCpuSums {

  /** Terms of one chain; the sums of chains are added in float32, first to last. */
  private static final int CHAIN = 512;

  @Override
  public float product(float[] a, float[] b) {
    float sum = 0;
    for (int first = 0; first < a.length; first += CHAIN) {
      float chain = 0;
      for (int k = first; k < Math.min(first + CHAIN, a.length); k += 2) {
        chain = pair(a, b, k, k + 1, chain);
      }
      sum = first == 0 ? chain : sum + chain;
    }
    return sum;
  }

  @Override
  public float weightedSum(float[] a, float[] b) {
    return product(a, b);
  }

  /** One chain. Pairs are two channels of one point; the last of three channels has no other. */
  @Override
  public float convolution(float[] a, float[] b, int channels) {
    int points = a.length / channels;
    float sum = 0;
    for (int point = 0; point < points; point++) {
      for (int c = 0; c < channels; c += 2) {
        int k = c * points + point;
        sum = pair(a, b, k, c + 1 < channels ? k + points : a.length, sum);
      }
    }
    return sum;
  }

  /** Adds terms k2 and k1 in this order; one beyond the end is zero. */
  private static float pair(float[] a, float[] b, int k1, int k2, float sum) {
    float second = k2 < a.length ? fma(a[k2], b[k2], sum) : fma(0, 0, sum);
    return fma(a[k1], b[k1], second);
  }

  private static float fma(float a, float b, float c) {
    return flushed(Math.fma(flushed(a), flushed(b), c));
  }

  private static float flushed(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0, x) : x;
  }
}

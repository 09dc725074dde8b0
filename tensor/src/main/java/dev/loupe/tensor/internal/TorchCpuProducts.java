package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

/**
 * Products whose float16 sums follow PyTorch 2.13 on an x86 CPU. The orders were found by comparing
 * results: products of 9 depths agree in every bit.
 *
 * <p>A product of two float16 numbers is exact in float32, so only the order of additions counts.
 */
final class TorchCpuProducts implements Products {

  /** Interleaved partial sums of x Wᵀ and q kᵀ: term k goes to sum k mod 64. */
  private static final int WIDE = 64;

  /** What is left of them in sixteens goes to 8 sums, and the rest is added singly. */
  private static final int LEFTOVER = 16;

  /** Interleaved partial sums of weights times values. */
  private static final int NARROW = 4;

  @Override
  public int scratch() {
    return 0;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    each(a, w, panels, c, accumulate, TorchCpuProducts::wide);
  }

  @Override
  public void weightedSum(Rows a, PanelMatrix values, Rows c, boolean accumulate, float[] scratch) {
    each(a, values, PanelRange.all(values), c, accumulate, TorchCpuProducts::narrow);
  }

  /** One term of a dot product. */
  private interface Term {
    float at(int k);
  }

  /** Adds the terms of a dot product. */
  private interface Sum {
    float of(int depth, Term term);
  }

  private static void each(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, Sum sum) {
    if (accumulate) {
      throw new IllegalArgumentException(
          "product in PyTorch's order: expected a sum from +0, found one that goes on");
    }
    for (int r = 0; r < a.count(); r++) {
      long row = a.start(r);
      for (int n = panels.firstOutput(); n < panels.lastOutput(w); n++) {
        int panel = n / LANES;
        int lane = n % LANES;
        Term term = k -> FloatMemory.get(a.segment(), row + k) * w.weight(panel, k, lane);
        FloatMemory.set(c.segment(), c.start(r) + n, sum.of(w.depth(), term));
      }
    }
  }

  private static float wide(int depth, Term term) {
    int whole = depth / WIDE * WIDE;
    int sixteens = whole + (depth - whole) / LEFTOVER * LEFTOVER;
    float[] partial = new float[WIDE];
    for (int k = 0; k < whole; k++) {
      partial[k % WIDE] += term.at(k);
    }
    float[] leftover = new float[LEFTOVER / 2];
    for (int k = whole; k < sixteens; k++) {
      leftover[k % leftover.length] += term.at(k);
    }
    float sum = folded(partial) + folded(leftover);
    for (int k = sixteens; k < depth; k++) {
      sum += term.at(k);
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

  private static float narrow(int depth, Term term) {
    float[] partial = new float[NARROW];
    int whole = depth / NARROW * NARROW;
    for (int k = 0; k < depth; k++) {
      partial[k < whole ? k % NARROW : 0] += term.at(k);
    }
    return ((partial[0] + partial[1]) + partial[2]) + partial[3];
  }
}

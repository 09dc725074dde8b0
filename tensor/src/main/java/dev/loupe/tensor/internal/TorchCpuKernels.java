package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Other kernels but for the sums of float16 products and of LayerNorm, which follow PyTorch 2.13 on
 * an x86 CPU. The orders were found by comparing results: products of 9 depths and rows of 3 widths
 * agree in every bit.
 *
 * <p>A product of two float16 numbers is exact in float32, so only the order of additions counts.
 */
public final class TorchCpuKernels extends DelegatingKernels {

  /** Interleaved partial sums of x Wᵀ and q kᵀ: term k goes to sum k mod 64. */
  private static final int WIDE = 64;

  /** What is left of them in sixteens goes to 8 sums, and the rest is added singly. */
  private static final int LEFTOVER = 16;

  /** Interleaved partial sums of weights times values. */
  private static final int NARROW = 4;

  /** Products and LayerNorm in PyTorch's order, everything else as {@code others} does it. */
  public TorchCpuKernels(Kernels others) {
    super(others);
  }

  @Override
  public String description() {
    return super.description() + ", sums in PyTorch's order";
  }

  /** One term of a dot product. */
  private interface Term {
    float at(int k);
  }

  @Override
  public void matmul(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int firstPanel,
      int lastPanel,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      float[] scratch) {
    int last = Math.min(w.outputs(), lastPanel * PanelMatrix.LANES);
    for (int r = 0; r < rows; r++) {
      long row = aOffset + r * aStride;
      for (int n = firstPanel * PanelMatrix.LANES; n < last; n++) {
        int output = n;
        float sum = wide(w.depth(), k -> ScalarKernels.get(a, row + k) * weight(w, output, k));
        ScalarKernels.set(c, cOffset + r * cStride + n, sum);
      }
    }
  }

  @Override
  public void weightedSum(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix values,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      float[] scratch) {
    for (int r = 0; r < rows; r++) {
      long row = aOffset + r * aStride;
      for (int n = 0; n < values.outputs(); n++) {
        int output = n;
        float sum =
            narrow(values.depth(), k -> ScalarKernels.get(a, row + k) * weight(values, output, k));
        ScalarKernels.set(c, cOffset + r * cStride + n, sum);
      }
    }
  }

  private static float weight(PanelMatrix w, int output, int k) {
    return ScalarKernels.weight(w, output / PanelMatrix.LANES, k, output % PanelMatrix.LANES);
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

  @Override
  public void layerNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      MemorySegment bias,
      float eps,
      MemorySegment y,
      long yOffset,
      int count) {
    TorchCpuMoments moments = TorchCpuMoments.of(i -> ScalarKernels.get(x, xOffset + i), count);
    float factor = ScalarKernels.reciprocalRoot(moments.variance() + eps);
    float shift = -factor * moments.mean();
    for (int i = 0; i < count; i++) {
      float normed = Math.fma(ScalarKernels.get(x, xOffset + i), factor, shift);
      float scaled = Math.fma(normed, ScalarKernels.get(weight, i), ScalarKernels.get(bias, i));
      ScalarKernels.set(y, yOffset + i, Rounding.round(dtype, scaled));
    }
  }
}

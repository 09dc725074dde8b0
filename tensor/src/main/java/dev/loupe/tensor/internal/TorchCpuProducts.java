package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

/** Products whose sums follow PyTorch 2.13 on an x86 CPU: see {@link TorchCpuSums}. */
final class TorchCpuProducts implements Products {
  private final TorchCpuSums sums;

  TorchCpuProducts(TorchCpuSums sums) {
    this.sums = sums;
  }

  @Override
  public int scratch() {
    return 0;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    requireWhole(accumulate);
    each(a, w, panels, c, sums::product);
  }

  @Override
  public void matmul(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    each(x, w, panels, y, sums::weightedSum);
    epilogue.apply(y, panels.firstOutput(), panels.lastOutput(w));
  }

  @Override
  public void weightedSum(Rows a, PanelMatrix values, Rows c, boolean accumulate, float[] scratch) {
    requireWhole(accumulate);
    each(a, values, PanelRange.all(values), c, sums::weightedSum);
  }

  @Override
  public void convolution(
      Rows x,
      PanelMatrix w,
      int channels,
      PanelRange panels,
      Rows y,
      Epilogue epilogue,
      float[] scratch) {
    each(x, w, panels, y, (a, b) -> sums.convolution(a, b, channels));
    epilogue.apply(y, panels.firstOutput(), panels.lastOutput(w));
  }

  private static void requireWhole(boolean accumulate) {
    if (accumulate) {
      throw new IllegalArgumentException(
          "product in PyTorch's order: expected a sum from +0, found one that goes on");
    }
  }

  /** Adds the terms of a dot product. */
  private interface Sum {
    float of(float[] a, float[] b);
  }

  private static void each(Rows a, PanelMatrix w, PanelRange panels, Rows c, Sum sum) {
    float[] x = new float[w.depth()];
    float[] y = new float[w.depth()];
    for (int n = panels.firstOutput(); n < panels.lastOutput(w); n++) {
      for (int k = 0; k < y.length; k++) {
        y[k] = w.weight(n / LANES, k, n % LANES);
      }
      for (int r = 0; r < a.count(); r++) {
        for (int k = 0; k < x.length; k++) {
          x[k] = FloatMemory.get(a.segment(), a.start(r) + k);
        }
        FloatMemory.set(c.segment(), c.start(r) + n, sum.of(x, y));
      }
    }
  }
}

package dev.loupe.tensor.internal;

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

  /** Adds the terms of a dot product from +0. */
  private interface Sum {
    float of(float[] x, float[] w);
  }

  private static void each(Rows a, PanelMatrix w, PanelRange panels, Rows c, Sum sum) {
    SumOfOutput fromZero = (x, y, _) -> sum.of(x, y);
    fromZero.multiply(a, w, panels, c, false);
  }
}

package dev.loupe.tensor.internal;

/**
 * Matrix products, in one arithmetic: an order of additions, and what a step of it is. Most of the
 * time of a model is spent here.
 *
 * <p>{@link SequentialProducts} is written to be read and defines every bit of Loupe's own order;
 * {@link VectorProducts} computes the same bits faster. {@link DescendingProducts} and {@link
 * TorchCpuProducts} are other orders, {@link TensorCoreProducts} is another step as well, and
 * {@link VectorTensorCoreProducts} computes its bits faster. In every order, vector width, tiles
 * and threads change no bit.
 *
 * <p>All numbers are float32 in little-endian memory. NaN is a class: its sign and payload are
 * unspecified.
 */
public interface Products {

  /** Floats of scratch memory that a product needs. */
  int scratch();

  /**
   * C = A Wᵀ for a range of panels: {@code c[r][n]} is the sum of {@code w[n][k] a[r][k]}.
   *
   * @param a [rows, w.depth()]
   * @param panels of W to use; other outputs of C stay as they are
   * @param c [rows, w.outputs()]
   * @param accumulate whether the sums go on from what C holds, or start from +0
   * @param scratch private to this call, {@link #scratch} floats
   */
  void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch);

  /**
   * {@code y = round(x Wᵀ + b)} for a range of panels, {@code torch.nn.Linear}.
   *
   * @param x [rows, w.depth()]
   * @param y [rows, w.outputs()]
   * @param scratch as for {@link #multiply}
   */
  default void linear(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    multiply(x, w, panels, y, false, scratch);
    epilogue.apply(y, panels.firstOutput(), panels.lastOutput(w));
  }

  /**
   * {@code y = round(x W + b)} for a matrix that PyTorch has as [inputs, outputs], {@code
   * torch.matmul}. Apart from {@link #linear} because PyTorch sums the two in different orders.
   */
  default void matmul(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    linear(x, w, panels, y, epilogue, scratch);
  }

  /**
   * {@code y = round(x Wᵀ + b)} for a convolution whose stride is its size. A product like {@link
   * #linear}; apart because PyTorch sums the two in different orders.
   *
   * @param channels the columns of x are so many equal parts, one for each channel
   */
  default void convolution(
      Rows x,
      PanelMatrix w,
      int channels,
      PanelRange panels,
      Rows y,
      Epilogue epilogue,
      float[] scratch) {
    linear(x, w, panels, y, epilogue, scratch);
  }

  /**
   * C = A V for weights A and the values of a head. A product like {@link #multiply}; apart because
   * PyTorch sums the two in different orders.
   *
   * @param a [rows, values.depth()]
   * @param values a matrix [elements of a head, positions]
   * @param c [rows, values.outputs()]
   * @param accumulate as for {@link #multiply}
   * @param scratch as for {@link #multiply}
   */
  default void weightedSum(
      Rows a, PanelMatrix values, Rows c, boolean accumulate, float[] scratch) {
    multiply(a, values, PanelRange.all(values), c, accumulate, scratch);
  }
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.internal.Epilogue;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Rows;

/** What PyTorch calls for a linear layer. The functions differ in the order of additions alone. */
@FunctionalInterface
interface LinearProduct {

  /** {@code torch.nn.functional.linear}. */
  LinearProduct LINEAR = Products::linear;

  /** {@code torch.matmul} with a matrix [inputs, outputs]. */
  LinearProduct MATMUL = Products::matmul;

  /** A convolution over so many channels whose stride is its size. */
  static LinearProduct convolution(int channels) {
    return (products, x, w, panels, y, epilogue, scratch) ->
        products.convolution(x, w, channels, panels, y, epilogue, scratch);
  }

  /** {@code y = round(x Wᵀ + b)} for a range of panels. */
  void compute(
      Products products,
      Rows x,
      PanelMatrix w,
      PanelRange panels,
      Rows y,
      Epilogue epilogue,
      float[] scratch);
}

package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The loops in which Loupe spends its time. {@link ScalarKernels} is written to be read and defines
 * every bit; {@link VectorKernels} computes the same bits faster.
 *
 * <p>All numbers are float32 in little-endian memory; indices and strides count floats. Where a
 * method takes a {@code dtype}, the values are those of that type and each marked step is rounded
 * to it (nearest, ties to even); for F32 that is no rounding at all. NaN is a class: its sign and
 * payload are unspecified.
 *
 * <p><b>Order of additions.</b> A product accumulates each output in one chain, k ascending, with
 * one fused multiply-add a step, so nothing about width, tiling or threads can change a bit. A sum
 * along a row uses 16 lanes, element i in lane i mod 16, each lane ascending, then folds lane i
 * with lane i + 8, i + 4, i + 2, i + 1.
 */
public interface Kernels {

  /** What runs, for people: {@code vector 512 bit} or {@code scalar}. */
  String description();

  /** Floats of scratch memory that {@link #matmul} needs. */
  int matmulScratch();

  /**
   * C = A Wᵀ for a range of panels: {@code c[r][n] = fma(a[r][k], w[n][k], ...)}, k ascending.
   *
   * @param a A, its row r at {@code aOffset + r * aStride}, {@code w.depth()} floats each
   * @param firstPanel the first panel of W to use; output n lies in panel n / 16
   * @param lastPanel one past the last
   * @param c C, its row r at {@code cOffset + r * cStride}, {@code w.outputs()} floats each
   * @param accumulate whether the chains start from what C holds, or from +0
   * @param scratch private to this call, {@link #matmulScratch} floats
   */
  void matmul(
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
      float[] scratch);

  /**
   * {@code y = round(x Wᵀ + b)} for a range of panels, {@code torch.nn.Linear}: the bias is added
   * to the finished chain in float32, then the sum is rounded once.
   *
   * @param x [rows, w.depth()]
   * @param bias [w.outputs()]
   * @param y [rows, w.outputs()]
   * @param scratch as for {@link #matmul}
   */
  default void linear(
      DType dtype,
      MemorySegment x,
      int rows,
      PanelMatrix w,
      Optional<MemorySegment> bias,
      int firstPanel,
      int lastPanel,
      MemorySegment y,
      float[] scratch) {
    int outputs = w.outputs();
    matmul(x, 0, w.depth(), rows, w, firstPanel, lastPanel, y, 0, outputs, false, scratch);
    long column = (long) firstPanel * PanelMatrix.LANES;
    long columns = Math.min((long) lastPanel * PanelMatrix.LANES, outputs) - column;
    for (int r = 0; r < rows; r++) {
      long at = (long) r * outputs + column;
      if (bias.isPresent()) {
        add(dtype, y, at, bias.get(), column, columns);
      } else {
        round(dtype, y, at, columns);
      }
    }
  }

  /**
   * C = A V for weights A and the values of a head, each output of V one chain as in {@link
   * #matmul}; apart because PyTorch sums the two in different orders.
   */
  default void weightedSum(
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
    matmul(
        a,
        aOffset,
        aStride,
        rows,
        values,
        0,
        values.panels(),
        c,
        cOffset,
        cStride,
        accumulate,
        scratch);
  }

  /** What {@link #round} would do to these numbers, which stay as they are. */
  TensorStatistics statistics(DType dtype, MemorySegment x, long offset, long count);

  /** {@code x = round(x)}. */
  void round(DType dtype, MemorySegment x, long offset, long count);

  /** {@code x = round(x + y)}. */
  void add(DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count);

  /** {@code x = round(x * y)}. */
  void multiply(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count);

  /** {@code x = round(x * factor)}. */
  void scale(DType dtype, MemorySegment x, long offset, long count, float factor);

  /** {@code x = round(x / divisor)}, a true division. */
  void divide(DType dtype, MemorySegment x, long offset, long count, float divisor);

  /** {@code x = round(x + constant)}. */
  void addConstant(DType dtype, MemorySegment x, long offset, long count, float constant);

  /** Replaces both infinities by 0; NaN stays. */
  void zeroInfinities(MemorySegment x, long offset, long count);

  /** {@code x = min(max(x, -limit), limit)}; NaN stays. */
  void clamp(MemorySegment x, long offset, long count, float limit);

  /** {@code x = round(x / (1 + exp(-x)))}. */
  void silu(DType dtype, MemorySegment x, long offset, long count);

  /** {@code u = round(1.702 x); s = round(1 / (1 + exp(-u))); x = round(x s)}. */
  void quickGelu(DType dtype, MemorySegment x, long offset, long count);

  /** {@code x = round(0.5 x (1 + erf(x / sqrt 2)))}. */
  void gelu(DType dtype, MemorySegment x, long offset, long count);

  /**
   * {@code x = round(e / sum e)} with {@code e = exp(x - max x)}; a row with NaN or +inf is all
   * NaN.
   */
  void softmax(DType dtype, MemorySegment x, long offset, int count);

  /**
   * {@code x = round(e)} with {@code e = exp(s - max s)} and {@code s = scale x}, rounded to
   * float32: a softmax that is divided later.
   *
   * @param scale greater than 0
   * @return the sum of e before rounding
   */
  float exponentials(DType dtype, MemorySegment x, long offset, int count, float scale);

  /** {@code y = round(weight * round(x / sqrt(mean x² + eps)))}, one row. */
  void rmsNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      float eps,
      MemorySegment y,
      long yOffset,
      int count);

  /**
   * {@code y = round(fma((x - mean) r, weight, bias))} with r = 1 / sqrt(variance + eps), one row.
   * In the 16-bit types the normalised x is {@code fma(x, r, -r mean)}; PyTorch has both forms.
   */
  void layerNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      MemorySegment bias,
      float eps,
      MemorySegment y,
      long yOffset,
      int count);

  /**
   * Turns one head by the angles whose cosines and sines are given: with h = count / 2, {@code x[i]
   * = x[i] cos[i] - x[i+h] sin[i]} and {@code x[i+h] = x[i+h] cos[i+h] + x[i] sin[i+h]}, each
   * product and the sum rounded to float32, then each result to {@code result}; where {@code
   * products} is 16-bit, the products are rounded to it first.
   */
  void rotateHalf(
      DType products,
      DType result,
      MemorySegment x,
      long xOffset,
      MemorySegment cos,
      MemorySegment sin,
      long tableOffset,
      int count);
}

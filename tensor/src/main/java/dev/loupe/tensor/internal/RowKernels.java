package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;

/**
 * Everything but matrix products: operations element by element, and sums along a row. {@link
 * ScalarRowKernels} is written to be read and defines every bit; {@link VectorRowKernels} computes
 * the same bits faster.
 *
 * <p>All numbers are float32 in little-endian memory; indices count floats. Where a method takes a
 * {@code dtype}, the values are those of that type and each marked step is rounded to it (nearest,
 * ties to even); for F32 that is no rounding at all. NaN is a class: its sign and payload are
 * unspecified.
 *
 * <p><b>Order of additions.</b> A sum along a row uses 16 lanes, element i in lane i mod 16, each
 * lane ascending, then folds lane i with lane i + 8, i + 4, i + 2, i + 1. Only the sums of the two
 * norms can have another order: {@link #with}.
 */
public interface RowKernels {

  /** These kernels, but the norms take their sums from this rule. */
  RowKernels with(NormSums sums);

  /** What {@link #round} would do to these numbers, which stay as they are. */
  TensorStatistics statistics(DType dtype, MemorySegment x, long offset, long count);

  /**
   * The largest magnitude of these numbers. An infinity is larger than any number, and NaN is
   * larger than infinity: one of them among the numbers is the result.
   */
  float largest(MemorySegment x, long offset, long count);

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

  /**
   * {@code y = round(weight * round(x / sqrt(mean x² + eps)))}.
   *
   * @param weight one float for each element
   * @param y as long as x
   */
  void rmsNorm(DType dtype, Row x, MemorySegment weight, float eps, Row y);

  /**
   * {@code y = round(fma((x - mean) r, weight, bias))} with r = 1 / sqrt(variance + eps). In the
   * 16-bit types the normalised x is {@code fma(x, r, -r mean)}; PyTorch has both forms.
   *
   * @param weight one float for each element
   * @param bias likewise
   * @param y as long as x
   */
  void layerNorm(DType dtype, Row x, MemorySegment weight, MemorySegment bias, float eps, Row y);

  /** The sum of squares from which {@link #rmsNorm} goes on. */
  float squares(Row x);

  /** The variance from which {@link #layerNorm} goes on. */
  float variance(Row x);

  /**
   * Turns one head by the angles whose cosines and sines are given: with h = count / 2, {@code x[i]
   * = x[i] cos[i] - x[i+h] sin[i]} and {@code x[i+h] = x[i+h] cos[i+h] + x[i] sin[i+h]}, each
   * product and the sum rounded to float32, then each result to {@code result}; where {@code
   * products} is 16-bit, the products are rounded to it first.
   *
   * @param cos as long as x
   * @param sin as long as x
   */
  void rotateHalf(DType products, DType result, Row x, Row cos, Row sin);
}

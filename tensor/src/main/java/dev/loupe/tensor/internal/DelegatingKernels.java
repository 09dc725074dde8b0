package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;

/**
 * Kernels that leave everything but products to others: the base of the other orders of addition.
 */
abstract class DelegatingKernels implements Kernels {
  final Kernels others;

  DelegatingKernels(Kernels others) {
    this.others = others;
  }

  @Override
  public String description() {
    return others.description();
  }

  @Override
  public int matmulScratch() {
    return others.matmulScratch();
  }

  @Override
  public TensorStatistics statistics(DType dtype, MemorySegment x, long offset, long count) {
    return others.statistics(dtype, x, offset, count);
  }

  @Override
  public void round(DType dtype, MemorySegment x, long offset, long count) {
    others.round(dtype, x, offset, count);
  }

  @Override
  public void add(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    others.add(dtype, x, xOffset, y, yOffset, count);
  }

  @Override
  public void multiply(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    others.multiply(dtype, x, xOffset, y, yOffset, count);
  }

  @Override
  public void scale(DType dtype, MemorySegment x, long offset, long count, float factor) {
    others.scale(dtype, x, offset, count, factor);
  }

  @Override
  public void divide(DType dtype, MemorySegment x, long offset, long count, float divisor) {
    others.divide(dtype, x, offset, count, divisor);
  }

  @Override
  public void addConstant(DType dtype, MemorySegment x, long offset, long count, float constant) {
    others.addConstant(dtype, x, offset, count, constant);
  }

  @Override
  public void zeroInfinities(MemorySegment x, long offset, long count) {
    others.zeroInfinities(x, offset, count);
  }

  @Override
  public void clamp(MemorySegment x, long offset, long count, float limit) {
    others.clamp(x, offset, count, limit);
  }

  @Override
  public void silu(DType dtype, MemorySegment x, long offset, long count) {
    others.silu(dtype, x, offset, count);
  }

  @Override
  public void quickGelu(DType dtype, MemorySegment x, long offset, long count) {
    others.quickGelu(dtype, x, offset, count);
  }

  @Override
  public void gelu(DType dtype, MemorySegment x, long offset, long count) {
    others.gelu(dtype, x, offset, count);
  }

  @Override
  public void softmax(DType dtype, MemorySegment x, long offset, int count) {
    others.softmax(dtype, x, offset, count);
  }

  @Override
  public float exponentials(DType dtype, MemorySegment x, long offset, int count, float scale) {
    return others.exponentials(dtype, x, offset, count, scale);
  }

  @Override
  public void rmsNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      float eps,
      MemorySegment y,
      long yOffset,
      int count) {
    others.rmsNorm(dtype, x, xOffset, weight, eps, y, yOffset, count);
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
    others.layerNorm(dtype, x, xOffset, weight, bias, eps, y, yOffset, count);
  }

  @Override
  public void rotateHalf(
      DType products,
      DType result,
      MemorySegment x,
      long xOffset,
      MemorySegment cos,
      MemorySegment sin,
      long tableOffset,
      int count) {
    others.rotateHalf(products, result, x, xOffset, cos, sin, tableOffset, count);
  }
}

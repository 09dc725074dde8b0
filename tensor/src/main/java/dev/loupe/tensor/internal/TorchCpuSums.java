package dev.loupe.tensor.internal;

/**
 * How PyTorch 2.13 on an x86 CPU adds the terms of one output. The orders were found by comparing
 * results.
 */
interface TorchCpuSums {

  /** The sum of {@code a[k] b[k]}, as in a linear layer or in q kᵀ; arrays of the same length. */
  float product(float[] a, float[] b);

  /** The same, as in {@code torch.matmul(x, W)} and in attention weights times values. */
  float weightedSum(float[] a, float[] b);

  /**
   * The same, as in a convolution whose stride is its size.
   *
   * @param channels how many equal parts the terms have; each part is a channel
   */
  float convolution(float[] a, float[] b, int channels);
}

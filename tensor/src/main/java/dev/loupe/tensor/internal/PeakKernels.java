package dev.loupe.tensor.internal;

import java.lang.foreign.MemorySegment;

/** Loops that do nothing but what a machine does best, to measure how fast that is. */
public interface PeakKernels {

  /** Bytes that {@link #read} reads at once. */
  int BLOCK = 1 << 20;

  /** The kernels that belong to the fastest {@link Products}. */
  static PeakKernels best() {
    return KernelsProvider.whyScalar().isEmpty() ? new VectorPeaks() : new ScalarPeaks();
  }

  /** Floating-point operations in one step of {@link #multiplyAdd}. */
  int operations();

  /**
   * Computes independent chains of fused multiply-adds on registers, this many steps.
   *
   * @return what came out, so that nothing can be left out
   */
  float multiplyAdd(int steps);

  /**
   * Reads a block of {@value #BLOCK} bytes that starts at {@code offset}.
   *
   * @return what came out, so that nothing can be left out
   */
  int read(MemorySegment memory, long offset);
}

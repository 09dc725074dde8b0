package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The peaks without the Vector API: what scalar kernels are compared with. */
final class ScalarPeaks implements PeakKernels {
  private static final int CHAINS = 8;

  @Override
  public int operations() {
    return CHAINS * 2;
  }

  @Override
  public float multiplyAdd(int steps) {
    float w = 0.999f;
    float x = 0.5f;
    float a0 = 0;
    float a1 = 1;
    float a2 = 2;
    float a3 = 3;
    float a4 = 4;
    float a5 = 5;
    float a6 = 6;
    float a7 = 7;
    for (int i = 0; i < steps; i++) {
      a0 = Math.fma(w, x, a0);
      a1 = Math.fma(w, x, a1);
      a2 = Math.fma(w, x, a2);
      a3 = Math.fma(w, x, a3);
      a4 = Math.fma(w, x, a4);
      a5 = Math.fma(w, x, a5);
      a6 = Math.fma(w, x, a6);
      a7 = Math.fma(w, x, a7);
    }
    return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
  }

  @Override
  public int read(MemorySegment memory, long offset) {
    MemorySegment block = memory.asSlice(offset, BLOCK);
    long sum = 0;
    for (int i = 0; i < BLOCK; i += Long.BYTES) {
      sum += block.get(Tensor.LONG, i);
    }
    return (int) sum;
  }
}

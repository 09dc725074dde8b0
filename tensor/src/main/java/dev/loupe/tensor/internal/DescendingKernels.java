package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import java.lang.foreign.MemorySegment;

/**
 * Other kernels but for the order of additions in products: k descending. Not a specification but a
 * probe: what differs between the two orders depends on the order, and on nothing else.
 */
public final class DescendingKernels extends DelegatingKernels {

  /** Products in the opposite order, everything else as {@code others} does it. */
  public DescendingKernels(Kernels others) {
    super(others);
  }

  @Override
  public String description() {
    return super.description() + ", products summed backwards";
  }

  @Override
  public int matmulScratch() {
    return 0;
  }

  @Override
  public void matmul(
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
      float[] scratch) {
    float[] chains = new float[LANES];
    for (int panel = firstPanel; panel < lastPanel; panel++) {
      int lanes = Math.min(LANES, w.outputs() - panel * LANES);
      for (int r = 0; r < rows; r++) {
        long out = cOffset + r * cStride + (long) panel * LANES;
        for (int lane = 0; lane < lanes; lane++) {
          chains[lane] = accumulate ? ScalarKernels.get(c, out + lane) : 0f;
        }
        for (int k = w.depth() - 1; k >= 0; k--) {
          float x = ScalarKernels.get(a, aOffset + r * aStride + k);
          for (int lane = 0; lane < lanes; lane++) {
            chains[lane] = Math.fma(ScalarKernels.weight(w, panel, k, lane), x, chains[lane]);
          }
        }
        for (int lane = 0; lane < lanes; lane++) {
          ScalarKernels.set(c, out + lane, chains[lane]);
        }
      }
    }
  }
}

package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Other kernels but for the order of additions in products: k descending. Not a specification but a
 * probe: what differs between the two orders depends on the order, and on nothing else.
 *
 * <p>A chain from the last term to the first is the chain from the first to the last of operands
 * that lie backwards. So rows and panels are copied backwards, and the other kernels multiply the
 * copies, at nearly their usual speed.
 */
public final class DescendingKernels extends DelegatingKernels {

  /**
   * Rows that are copied at once: so many that copying the panels again for the next costs little.
   */
  private static final int ROWS = 256;

  /** Panels that are copied at once, as many as the largest tile of the vector kernels takes. */
  private static final int PANELS = 4;

  private final ThreadLocal<Copies> copies = ThreadLocal.withInitial(Copies::new);

  /** Products in the opposite order, everything else as {@code others} does it. */
  public DescendingKernels(Kernels others) {
    super(others);
  }

  @Override
  public String description() {
    return super.description() + ", products summed backwards";
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
    Copies backwards = copies.get();
    for (int row = 0; row < rows; row += ROWS) {
      int height = Math.min(ROWS, rows - row);
      MemorySegment x = backwards.rows(a, aOffset + row * aStride, aStride, height, w.depth());
      for (int panel = firstPanel; panel < lastPanel; panel += PANELS) {
        int count = Math.min(PANELS, lastPanel - panel);
        PanelMatrix v = backwards.panels(w, panel, count);
        long at = cOffset + row * cStride + (long) panel * LANES;
        others.matmul(x, 0, w.depth(), height, v, 0, count, c, at, cStride, accumulate, scratch);
      }
    }
  }

  /** The memory of one thread, as large as its largest product so far has needed. */
  private static final class Copies {
    private MemorySegment rows = MemorySegment.NULL;
    private MemorySegment panels = MemorySegment.NULL;

    /** Rows of A, one after the other, each from its last element to its first. */
    MemorySegment rows(MemorySegment a, long offset, long stride, int count, int depth) {
      rows = atLeast(rows, 4L * count * depth);
      for (int r = 0; r < count; r++) {
        long from = offset + r * stride + depth - 1;
        long to = (long) r * depth;
        for (int k = 0; k < depth; k++) {
          rows.set(Tensor.FLOAT, (to + k) * 4, a.get(Tensor.FLOAT, (from - k) * 4));
        }
      }
      return rows;
    }

    /** Panels of W from the last step to the first, widened to float32. */
    PanelMatrix panels(PanelMatrix w, int first, int count) {
      int depth = w.depth();
      long stride = PanelMatrix.panelBytes(DType.F32, depth);
      panels = atLeast(panels, count * stride);
      for (int p = 0; p < count; p++) {
        for (int k = 0; k < depth; k++) {
          step(w, first + p, depth - 1 - k, p * stride + k * LANES * 4L);
        }
      }
      int outputs = Math.min(count * LANES, w.outputs() - first * LANES);
      return new PanelMatrix(DType.F32, outputs, depth, panels, 0, stride);
    }

    private void step(PanelMatrix w, int panel, int k, long to) {
      if (w.dtype() == DType.F32) {
        long from = w.panelOffset(panel) + k * LANES * 4L;
        MemorySegment.copy(w.data(), from, panels, to, LANES * 4L);
        return;
      }
      for (int lane = 0; lane < LANES; lane++) {
        panels.set(Tensor.FLOAT, to + lane * 4L, ScalarKernels.weight(w, panel, k, lane));
      }
    }

    private static MemorySegment atLeast(MemorySegment memory, long bytes) {
      return memory.byteSize() >= bytes ? memory : Arena.ofAuto().allocate(bytes, 64);
    }
  }
}

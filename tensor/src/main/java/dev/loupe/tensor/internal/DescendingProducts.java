package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.PanelMatrix.STEPS;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products whose sums go from the last term to the first. Not a specification but a probe: what
 * differs from another order depends on the order, and on nothing else.
 *
 * <p>A chain from the last term to the first is the chain from the first to the last of operands
 * that lie backwards. So rows and panels are copied backwards, and other products multiply the
 * copies, at nearly their usual speed.
 */
final class DescendingProducts implements Products {

  /**
   * Rows that are copied at once: so many that copying the panels again for the next costs little.
   */
  private static final int ROWS = 256;

  /** Panels that are copied at once, as many as the largest tile of the vector kernels takes. */
  private static final int PANELS = 4;

  private final Products ascending;
  private final ThreadLocal<Copies> copies = ThreadLocal.withInitial(Copies::new);

  /** Products that multiply the copies, from the first term to the last. */
  DescendingProducts(Products ascending) {
    this.ascending = ascending;
  }

  @Override
  public int scratch() {
    return ascending.scratch();
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    each(
        a,
        w,
        panels,
        c,
        (x, v, y, column) -> ascending.multiply(x, v, PanelRange.all(v), y, accumulate, scratch));
  }

  @Override
  public void linear(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    each(
        x,
        w,
        panels,
        y,
        (a, v, c, column) ->
            ascending.linear(a, v, PanelRange.all(v), c, epilogue.from(column), scratch));
  }

  /** A product of copies. */
  private interface Part {

    /** Computes C, which begins with output {@code column}. */
    void multiply(Rows a, PanelMatrix w, Rows c, int column);
  }

  private void each(Rows a, PanelMatrix w, PanelRange panels, Rows c, Part part) {
    Copies backwards = copies.get();
    for (int row = 0; row < a.count(); row += ROWS) {
      int height = Math.min(ROWS, a.count() - row);
      Rows x = backwards.rows(a.part(row, height, 0), w.depth());
      for (int panel = panels.first(); panel < panels.last(); panel += PANELS) {
        int last = Math.min(panel + PANELS, panels.last());
        PanelMatrix v = backwards.panels(w, new PanelRange(panel, last));
        int column = panel * LANES;
        part.multiply(x, v, c.part(row, height, column), column);
      }
    }
  }

  /** The memory of one thread, as large as its largest product so far has needed. */
  private static final class Copies {
    private MemorySegment rows = MemorySegment.NULL;
    private MemorySegment panels = MemorySegment.NULL;
    private final float[] steps = new float[STEPS * LANES];

    /** Rows of A, one after the other, each from its last element to its first. */
    Rows rows(Rows a, int depth) {
      rows = atLeast(rows, 4L * a.count() * depth);
      for (int r = 0; r < a.count(); r++) {
        long from = a.start(r) + depth - 1;
        long to = (long) r * depth;
        for (int k = 0; k < depth; k++) {
          FloatMemory.set(rows, to + k, FloatMemory.get(a.segment(), from - k));
        }
      }
      return new Rows(rows, 0, depth, a.count());
    }

    /** Panels of W from the last step to the first, widened to float32. */
    PanelMatrix panels(PanelMatrix w, PanelRange range) {
      int depth = w.depth();
      int count = range.last() - range.first();
      long stride = PanelMatrix.panelBytes(DType.F32, depth);
      panels = atLeast(panels, count * stride);
      for (int p = 0; p < count; p++) {
        for (int k = 0; k < depth; k += STEPS) {
          int last = Math.min(k + STEPS, depth);
          w.readSteps(range.first() + p, k, last, steps);
          for (int i = k; i < last; i++) {
            long to = p * stride + (depth - 1 - i) * LANES * 4L;
            MemorySegment.copy(steps, (i - k) * LANES, panels, Tensor.FLOAT, to, LANES);
          }
        }
      }
      int outputs = range.lastOutput(w) - range.firstOutput();
      return new PanelMatrix(DType.F32, outputs, depth, panels, 0, stride);
    }

    private static MemorySegment atLeast(MemorySegment memory, long bytes) {
      return memory.byteSize() >= bytes ? memory : Arena.ofAuto().allocate(bytes, 64);
    }
  }
}

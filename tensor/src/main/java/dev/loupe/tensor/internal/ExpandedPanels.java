package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Panels of quantised or float16 weights, written out as float32 with the same values, so that many
 * rows share the work of forming them. The memory of one thread, as large as its largest panels so
 * far.
 */
final class ExpandedPanels {

  /** More than four panels do not share a tile. */
  private static final int MOST = 4;

  /** Bytes of the panels that are expanded at once, so that they stay in the second cache. */
  private static final long CACHED_BYTES = 640 << 10;

  /** A tile of many rows takes two panels, in the cache or not. */
  private static final int LEAST = PanelProducts.TWO_PANELS;

  private MemorySegment memory = MemorySegment.NULL;

  /** How many panels of this depth are expanded at once. */
  static int count(int depth) {
    long panel = Math.max(1, PanelMatrix.panelBytes(DType.F32, depth));
    return CACHED_BYTES / panel >= MOST ? MOST : LEAST;
  }

  /** Some panels of a matrix, as a matrix of their own, until the next call. */
  PanelMatrix of(PanelMatrix w, PanelRange range) {
    int depth = w.depth();
    long stride = PanelMatrix.panelBytes(DType.F32, depth);
    int count = range.last() - range.first();
    if (memory.byteSize() < count * stride) {
      memory = Arena.ofAuto().allocate(count * stride, 64);
    }
    for (int p = 0; p < count; p++) {
      expand(w, range.first() + p, p * stride);
    }
    int outputs = range.lastOutput(w) - range.firstOutput();
    return new PanelMatrix(DType.F32, outputs, depth, memory, 0, stride);
  }

  private void expand(PanelMatrix w, int panel, long to) {
    long from = w.panelOffset(panel);
    int steps =
        w.quantised() ? w.depth() / QuantisedPanels.RUN * QuantisedPanels.RUN : w.depth() & ~1;
    for (int lane = 0; lane < LANES; lane += VectorWidth.F.length()) {
      long at = lane * 4L;
      if (w.quantised()) {
        int runs = steps / QuantisedPanels.RUN;
        int sharing = QuantisedPanels.sharing(w.dtype());
        QuantisedProducts.expand(w.dtype(), w.data(), from + at, runs, sharing, memory, to + at);
      } else {
        PanelProducts.float16Expanded(w.data(), from + at, steps, memory, to + at);
      }
    }
    for (int k = steps; k < w.depth(); k++) {
      for (int lane = 0; lane < LANES; lane++) {
        memory.set(Tensor.FLOAT, to + (k * LANES + lane) * 4L, w.weight(panel, k, lane));
      }
    }
  }
}

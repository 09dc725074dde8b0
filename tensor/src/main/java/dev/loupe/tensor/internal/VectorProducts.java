package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;

/** The optimisation: the same bits as {@link SequentialProducts} with the Vector API. */
final class VectorProducts implements Products {

  /**
   * From so many rows on, which are several tiles, float16 is widened once and not by each tile.
   */
  private static final int MANY_ROWS = 17;

  private final ThreadLocal<ExpandedPanels> expanded = ThreadLocal.withInitial(ExpandedPanels::new);

  @Override
  public int scratch() {
    return VectorMatmul.SCRATCH;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    run(a, w, panels, c, accumulate, Epilogue.NONE, scratch);
  }

  @Override
  public void linear(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    run(x, w, panels, y, false, epilogue, scratch);
  }

  /** Expanded once for many rows are weights that cost more to form than to read. */
  private static boolean expands(PanelMatrix w, int rows) {
    return w.quantised()
        ? rows > QuantisedProducts.ROWS
        : w.dtype() == DType.F16 && rows >= MANY_ROWS;
  }

  private void run(
      Rows a,
      PanelMatrix w,
      PanelRange panels,
      Rows c,
      boolean accumulate,
      Epilogue epilogue,
      float[] scratch) {
    if (!expands(w, a.count())) {
      new VectorMatmul(a, w, c, accumulate, new VectorEpilogue(epilogue), scratch).run(panels);
      return;
    }
    int width = ExpandedPanels.count(w.depth());
    for (int panel = panels.first(); panel < panels.last(); panel += width) {
      PanelRange range = new PanelRange(panel, Math.min(panel + width, panels.last()));
      PanelMatrix v = expanded.get().of(w, range);
      Rows y = c.part(0, a.count(), range.firstOutput());
      VectorEpilogue ending = new VectorEpilogue(epilogue.from(range.firstOutput()));
      new VectorMatmul(a, v, y, accumulate, ending, scratch).run(PanelRange.all(v));
    }
  }
}

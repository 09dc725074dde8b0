package dev.loupe.tensor.internal;

/** The optimisation: the same bits as {@link SequentialProducts} with the Vector API. */
final class VectorProducts implements Products {
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

  /** Quantised weights are expanded once for many rows; those of one tile read the integers. */
  private void run(
      Rows a,
      PanelMatrix w,
      PanelRange panels,
      Rows c,
      boolean accumulate,
      Epilogue epilogue,
      float[] scratch) {
    if (!w.quantised() || a.count() <= QuantisedProducts.ROWS) {
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

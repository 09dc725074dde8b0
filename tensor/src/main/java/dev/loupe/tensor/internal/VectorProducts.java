package dev.loupe.tensor.internal;

/** The optimisation: the same bits as {@link SequentialProducts} with the Vector API. */
final class VectorProducts implements Products {

  @Override
  public int scratch() {
    return VectorMatmul.SCRATCH;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    new VectorMatmul(a, w, c, accumulate, VectorEpilogue.NONE, scratch).run(panels);
  }

  @Override
  public void linear(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    new VectorMatmul(x, w, y, false, new VectorEpilogue(epilogue), scratch).run(panels);
  }
}

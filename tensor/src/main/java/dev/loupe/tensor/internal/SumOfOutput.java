package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

/** How the terms of one output are added; for arithmetics that compute one output after another. */
@FunctionalInterface
interface SumOfOutput {

  /**
   * {@code before} and all {@code x[k] w[k]}.
   *
   * @param x a row of operands
   * @param w the weights of the output, of the same length
   * @param before what the sum goes on from
   */
  float of(float[] x, float[] w, float before);

  /** A product as in {@link Products#multiply}, each output of C summed in this way. */
  default void multiply(Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate) {
    float[] x = new float[w.depth()];
    float[] y = new float[w.depth()];
    for (int n = panels.firstOutput(); n < panels.lastOutput(w); n++) {
      for (int k = 0; k < y.length; k++) {
        y[k] = w.weight(n / LANES, k, n % LANES);
      }
      for (int r = 0; r < a.count(); r++) {
        for (int k = 0; k < x.length; k++) {
          x[k] = FloatMemory.get(a.segment(), a.start(r) + k);
        }
        long out = c.start(r) + n;
        float before = accumulate ? FloatMemory.get(c.segment(), out) : 0;
        FloatMemory.set(c.segment(), out, of(x, y, before));
      }
    }
  }
}

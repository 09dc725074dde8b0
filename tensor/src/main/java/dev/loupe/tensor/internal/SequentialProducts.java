package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

/**
 * The specification of products: each output is one chain, k ascending, with one fused multiply-add
 * a step.
 */
final class SequentialProducts implements Products {

  @Override
  public int scratch() {
    return 0;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    float[] chains = new float[LANES];
    for (int panel = panels.first(); panel < panels.last(); panel++) {
      int lanes = Math.min(LANES, w.outputs() - panel * LANES);
      for (int r = 0; r < a.count(); r++) {
        long out = c.start(r) + (long) panel * LANES;
        for (int lane = 0; lane < lanes; lane++) {
          chains[lane] = accumulate ? FloatMemory.get(c.segment(), out + lane) : 0f;
        }
        for (int k = 0; k < w.depth(); k++) {
          float x = FloatMemory.get(a.segment(), a.start(r) + k);
          for (int lane = 0; lane < lanes; lane++) {
            chains[lane] = Math.fma(w.weight(panel, k, lane), x, chains[lane]);
          }
        }
        for (int lane = 0; lane < lanes; lane++) {
          FloatMemory.set(c.segment(), out + lane, chains[lane]);
        }
      }
    }
  }
}

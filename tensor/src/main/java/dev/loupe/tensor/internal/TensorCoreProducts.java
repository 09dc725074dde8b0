package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * Products of a matrix unit, the specification: each output is a chain of {@link TensorCoreStep}s,
 * k ascending, with one accumulator that starts from +0. The last step is filled up with zeros,
 * which change nothing.
 */
final class TensorCoreProducts implements Products {

  private final TensorCore core;
  private final TensorCoreStep step;

  /**
   * @param format of the operands
   * @param accumulator what a step ends in, F32 or F16
   */
  TensorCoreProducts(TensorCore core, HalfFormat format, DType accumulator) {
    this.core = core;
    this.step = new TensorCoreStep(core, format, accumulator);
  }

  @Override
  public int scratch() {
    return 0;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
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
        float sum = accumulate ? FloatMemory.get(c.segment(), out) : 0;
        for (int k = 0; k < x.length; k += core.terms()) {
          sum = step.of(x, y, k, Math.min(core.terms(), x.length - k), sum);
        }
        FloatMemory.set(c.segment(), out, sum);
      }
    }
  }
}

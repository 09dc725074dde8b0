package dev.loupe.tensor.internal;

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
    SumOfOutput sum = this::chain;
    sum.multiply(a, w, panels, c, accumulate);
  }

  private float chain(float[] x, float[] w, float before) {
    float sum = before;
    for (int k = 0; k < x.length; k += core.terms()) {
      sum = step.of(x, w, k, Math.min(core.terms(), x.length - k), sum);
    }
    return sum;
  }
}

package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * The optimisation: the same bits as {@link TensorCoreProducts} with the Vector API.
 *
 * <p>Four panels and some hundred steps of the depth are laid out as float32 numbers and their
 * exponents; then row by row goes through them, and the sums wait in C from one block of the depth
 * to the next.
 */
final class VectorTensorCoreProducts implements Products {
  private final TensorCore core;
  private final HalfFormat format;
  private final DType accumulator;
  private final ThreadLocal<VectorTensorCore> units;

  /**
   * @param format of the operands
   * @param accumulator what a step ends in, F32 or F16
   */
  VectorTensorCoreProducts(TensorCore core, HalfFormat format, DType accumulator) {
    this.core = core;
    this.format = format;
    this.accumulator = accumulator;
    this.units = ThreadLocal.withInitial(this::unit);
  }

  private VectorTensorCore unit() {
    return new VectorTensorCore(core, format, accumulator);
  }

  @Override
  public int scratch() {
    return 0;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    VectorTensorCore unit = units.get();
    for (int panel = panels.first(); panel < panels.last(); panel += VectorTensorCore.PANELS) {
      int count = Math.min(VectorTensorCore.PANELS, panels.last() - panel);
      int columns = Math.min(count * LANES, w.outputs() - panel * LANES);
      long column = (long) panel * LANES;
      for (int k = 0; k < w.depth() || k == 0; k += VectorTensorCore.DEPTH) {
        int steps = Math.min(VectorTensorCore.DEPTH, w.depth() - k);
        unit.layOut(w, panel, count, k, steps);
        for (int r = 0; r < a.count(); r++) {
          unit.begin(c.segment(), c.start(r) + column, columns, accumulate || k > 0);
          unit.row(a.segment(), a.start(r) + k, steps);
          unit.end(c.segment(), c.start(r) + column, columns);
        }
      }
    }
  }
}

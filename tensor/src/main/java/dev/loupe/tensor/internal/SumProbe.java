package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * Products of a matrix unit with float16 accumulators, with the same bits, that tell which sums
 * overflow. A sum that is not finite although its operands are has overflowed: infinity stays, for
 * finite products are added to it. The first one of a call is computed again, step by step.
 */
public final class SumProbe implements Products {
  private final Products products;
  private final TensorCore core;
  private final TensorCoreStep half;
  private final TensorCoreStep single;
  private final Sink sink;

  /** Is told what overflows, by many threads. */
  @FunctionalInterface
  public interface Sink {

    /**
     * Some sums of one call overflowed.
     *
     * @param first the first of them, row by row
     * @param sums how many
     */
    void overflow(Found first, long sums);
  }

  /**
   * A sum that overflowed.
   *
   * @param row of the first operand
   * @param output of the second
   * @param firstTerm first term of the step that ended in infinity
   * @param lastTerm the last term of this step
   * @param terms how many terms the sum has
   * @param before what the accumulator held before this step
   * @param float32 the whole sum with a float32 accumulator
   * @param rounded the same with the bias, in float16
   */
  public record Found(
      int row,
      int output,
      int firstTerm,
      int lastTerm,
      int terms,
      float before,
      float float32,
      float rounded) {}

  /**
   * A probe.
   *
   * @param products those of {@code core} with float16 accumulators
   */
  public SumProbe(Products products, TensorCore core, Sink sink) {
    this.products = products;
    this.core = core;
    this.half = new TensorCoreStep(core, HalfFormat.FLOAT16, DType.F16);
    this.single = new TensorCoreStep(core, HalfFormat.FLOAT16, DType.F32);
    this.sink = sink;
  }

  @Override
  public int scratch() {
    return products.scratch();
  }

  /** {@inheritDoc} Sums that go on are not watched: with 16-bit scores there are none. */
  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    products.multiply(a, w, panels, c, accumulate, scratch);
    if (!accumulate) {
      look(a, w, panels, c, Epilogue.NONE);
    }
  }

  @Override
  public void linear(
      Rows x, PanelMatrix w, PanelRange panels, Rows y, Epilogue epilogue, float[] scratch) {
    products.multiply(x, w, panels, y, false, scratch);
    look(x, w, panels, y, epilogue);
    epilogue.apply(y, panels.firstOutput(), panels.lastOutput(w));
  }

  private void look(Rows a, PanelMatrix w, PanelRange panels, Rows c, Epilogue epilogue) {
    int from = panels.firstOutput();
    int to = panels.lastOutput(w);
    Boolean[] finite = new Boolean[to - from];
    int firstRow = -1;
    int firstOutput = -1;
    long sums = 0;
    for (int r = 0; r < a.count(); r++) {
      boolean usable = false;
      for (int n = from; n < to; n++) {
        if (isFinite(FloatMemory.get(c.segment(), c.start(r) + n))) {
          continue;
        }
        if (!usable && !finite(row(a, r, w.depth()))) {
          break; // What is not finite came in with the row.
        }
        usable = true;
        if (finite[n - from] == null) {
          finite[n - from] = finite(column(w, n));
        }
        if (finite[n - from]) {
          firstRow = sums == 0 ? r : firstRow;
          firstOutput = sums++ == 0 ? n : firstOutput;
        }
      }
    }
    if (sums > 0) {
      sink.overflow(found(a, firstRow, w, firstOutput, epilogue), sums);
    }
  }

  private Found found(Rows a, int row, PanelMatrix w, int output, Epilogue epilogue) {
    float[] x = row(a, row, w.depth());
    float[] y = column(w, output);
    int terms = core.terms();
    float before = 0;
    float sum = 0;
    int next = 0;
    while (isFinite(sum)) {
      before = sum;
      sum = half.of(x, y, next, Math.min(terms, x.length - next), sum);
      next += terms;
    }
    float float32 = 0;
    for (int k = 0; k < x.length; k += terms) {
      float32 = single.of(x, y, k, Math.min(terms, x.length - k), float32);
    }
    float biased =
        epilogue.bias().isPresent()
            ? float32 + FloatMemory.get(epilogue.bias().get(), output)
            : float32;
    float rounded = Rounding.round(DType.F16, biased);
    int last = Math.min(next, x.length) - 1;
    return new Found(row, output, next - terms, last, x.length, before, float32, rounded);
  }

  private static float[] row(Rows a, int r, int depth) {
    float[] row = new float[depth];
    for (int k = 0; k < depth; k++) {
      row[k] = FloatMemory.get(a.segment(), a.start(r) + k);
    }
    return row;
  }

  private static float[] column(PanelMatrix w, int output) {
    float[] column = new float[w.depth()];
    for (int k = 0; k < column.length; k++) {
      column[k] = w.weight(output / LANES, k, output % LANES);
    }
    return column;
  }

  private static boolean finite(float[] numbers) {
    for (float x : numbers) {
      if (!isFinite(x)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isFinite(float x) {
    return Math.abs(x) < Float.POSITIVE_INFINITY;
  }
}

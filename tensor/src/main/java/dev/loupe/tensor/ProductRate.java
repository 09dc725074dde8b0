package dev.loupe.tensor;

import dev.loupe.tensor.internal.Epilogue;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * How fast this machine multiplies in an arithmetic, measured with a small product. Enough to say
 * whether something takes seconds or minutes; it does not know the speed of memory.
 *
 * @param manyRows operations a second, two for each term, of products of many rows
 * @param oneRow the same of one row, for which weights are prepared alone
 */
public record ProductRate(double manyRows, double oneRow) {

  /** So small that it is soon done before the code is compiled. */
  private static final int ROWS = 16;

  private static final int DEPTH = 256;

  /** Panels that a thread works through together. */
  private static final int GROUP = 4;

  /** The code counts as compiled when products have not become faster for so long.. */
  private static final long STEADY = 500_000_000;

  /** .. and so many of them. */
  private static final int PRODUCTS = 64;

  private static final double FASTER = 1.05;

  /** Measures for some seconds, with all threads of the backend. */
  public static ProductRate measure(Backend backend, NumericsProfile profile) {
    try (Arena arena = Arena.ofShared();
        Workspace w = new Workspace(backend, profile, NumericsTrace.NONE)) {
      int outputs = backend.threads() * GROUP * PanelMatrix.LANES;
      PanelMatrix weights = PanelMatrix.allocate(arena, profile.compute(), outputs, DEPTH);
      Tensor source = random(arena, profile.compute(), outputs);
      weights.packPanels(source, profile.compute(), 0, weights.panels());
      Tensor x = random(arena, profile.compute(), ROWS);
      Tensor y = Tensor.allocate(arena, DType.F32, ROWS, outputs);
      // One row first: while the code is interpreted, a product of many takes seconds.
      double oneRow = rate(weights, x.rows(0, 1), y.rows(0, 1), w);
      return new ProductRate(rate(weights, x, y, w), oneRow);
    }
  }

  private static Tensor random(Arena arena, DType type, int rows) {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[rows * DEPTH];
    for (int i = 0; i < values.length; i++) {
      float value = (float) random.nextGaussian();
      values[i] = type == DType.F32 ? value : HalfFormat.of(type).round(value);
    }
    return Tensor.ofFloats(arena, values, rows, DEPTH);
  }

  /** Of the fastest product. */
  private static double rate(PanelMatrix weights, Tensor x, Tensor y, Workspace w) {
    double operations = 2.0 * x.rowCount() * weights.outputs() * DEPTH;
    double best = 0;
    double steady = 0;
    long since = System.nanoTime();
    for (int products = 0; products < PRODUCTS || System.nanoTime() - since < STEADY; products++) {
      long start = System.nanoTime();
      multiply(weights, x, y, w);
      best = Math.max(best, operations / ((System.nanoTime() - start) * 1e-9));
      if (best > FASTER * steady) {
        steady = best;
        since = System.nanoTime();
        products = 0;
      }
    }
    return best;
  }

  private static void multiply(PanelMatrix weights, Tensor x, Tensor y, Workspace w) {
    Products products = w.products();
    Epilogue epilogue = new Epilogue(w.compute(), Optional.empty());
    w.backend()
        .parallel(
            weights.panels() / GROUP,
            (from, to, worker) ->
                products.linear(
                    Rows.of(x),
                    weights,
                    new PanelRange(from * GROUP, to * GROUP),
                    Rows.of(y),
                    epilogue,
                    w.scratch(worker)));
  }
}

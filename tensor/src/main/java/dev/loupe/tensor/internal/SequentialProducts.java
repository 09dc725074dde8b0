package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.PanelMatrix.STEPS;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The specification of products: each output is one chain, k ascending, with one fused multiply-add
 * a step.
 *
 * <p>The weights of a panel are widened once for all rows. They and the operands are read from
 * arrays, because the interpreter and the compiler C1, which run the first seconds of a JVM, are
 * many times slower on memory segments.
 */
final class SequentialProducts implements Products {

  /** Chains that one loop goes along; so few that each has a register. */
  private static final int TOGETHER = 8;

  @Override
  public int scratch() {
    return STEPS * LANES;
  }

  @Override
  public void multiply(
      Rows a, PanelMatrix w, PanelRange panels, Rows c, boolean accumulate, float[] scratch) {
    float[] x = new float[Math.min(STEPS, w.depth())];
    float[] chains = new float[LANES];
    for (int panel = panels.first(); panel < panels.last(); panel++) {
      int lanes = Math.min(LANES, w.outputs() - panel * LANES);
      int k = 0;
      do {
        int steps = Math.min(STEPS, w.depth() - k);
        w.readSteps(panel, k, k + steps, scratch);
        for (int r = 0; r < a.count(); r++) {
          read(a.segment(), a.start(r) + k, x, steps);
          long out = c.start(r) + (long) panel * LANES;
          if (accumulate || k > 0) {
            read(c.segment(), out, chains, lanes);
          } else {
            Arrays.fill(chains, 0f);
          }
          advance(chains, scratch, x, steps);
          MemorySegment.copy(chains, 0, c.segment(), Tensor.FLOAT, out * Float.BYTES, lanes);
        }
        k += steps;
      } while (k < w.depth());
    }
  }

  private static void read(MemorySegment from, long at, float[] to, int count) {
    MemorySegment.copy(from, Tensor.FLOAT, at * Float.BYTES, to, 0, count);
  }

  /** Adds {@code weights[k][lane] * x[k]} to each chain, k ascending. */
  private static void advance(float[] chains, float[] weights, float[] x, int steps) {
    for (int lane = 0; lane < LANES; lane += TOGETHER) {
      float c0 = chains[lane];
      float c1 = chains[lane + 1];
      float c2 = chains[lane + 2];
      float c3 = chains[lane + 3];
      float c4 = chains[lane + 4];
      float c5 = chains[lane + 5];
      float c6 = chains[lane + 6];
      float c7 = chains[lane + 7];
      for (int k = 0; k < steps; k++) {
        int at = k * LANES + lane;
        float xk = x[k];
        c0 = Math.fma(weights[at], xk, c0);
        c1 = Math.fma(weights[at + 1], xk, c1);
        c2 = Math.fma(weights[at + 2], xk, c2);
        c3 = Math.fma(weights[at + 3], xk, c3);
        c4 = Math.fma(weights[at + 4], xk, c4);
        c5 = Math.fma(weights[at + 5], xk, c5);
        c6 = Math.fma(weights[at + 6], xk, c6);
        c7 = Math.fma(weights[at + 7], xk, c7);
      }
      chains[lane] = c0;
      chains[lane + 1] = c1;
      chains[lane + 2] = c2;
      chains[lane + 3] = c3;
      chains[lane + 4] = c4;
      chains[lane + 5] = c5;
      chains[lane + 6] = c6;
      chains[lane + 7] = c7;
    }
  }
}

package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/** Quantises a row-major matrix into {@link QuantisedPanels}. Each thread has one of its own. */
final class QuantisedPacker {

  /** Groups of an output that are quantised at once, with those of the 15 others of its panel. */
  private static final int GROUPS = GroupQuantiser.COLUMNS / LANES;

  private final PanelMatrix panels;
  private final Tensor source;
  private final int size;

  /** Steps of the depth that the groups have. */
  private final int most;

  private final GroupQuantiser quantiser;
  private final float[] values;
  private final short[] halves;
  private final QuantisedBlock block;

  QuantisedPacker(PanelMatrix panels, Tensor source) {
    this.panels = panels;
    this.source = source;
    this.size = QuantisedPanels.group(panels.dtype());
    this.most = GROUPS * size;
    this.quantiser = new GroupQuantiser(QuantisedPanels.bits(panels.dtype()), size);
    this.values = new float[most];
    this.halves = new short[most];
    this.block = new QuantisedBlock(panels.dtype());
  }

  void pack(int from, int to) {
    for (int panel = from; panel < to; panel++) {
      for (int step = 0; step < panels.depth(); step += most) {
        pack(panel, step, Math.min(most, panels.depth() - step));
      }
    }
  }

  private void pack(int panel, int step, int steps) {
    read(panel, step, steps);
    quantiser.run();
    for (int group = 0; group * size < steps; group += QuantisedPanels.SCALES) {
      fillBlock(group);
      block.write(panels, panel, (step / size + group) / QuantisedPanels.SCALES);
    }
  }

  /** Steps of the rows of a panel, a column for each group and row; zeros past the matrix. */
  private void read(int panel, int step, int steps) {
    float[][] weights = quantiser.weights();
    int first = panel * LANES;
    int lanes = Math.min(LANES, panels.outputs() - first);
    if (lanes < LANES || steps < most) {
      for (float[] k : weights) {
        Arrays.fill(k, 0);
      }
    }
    for (int lane = 0; lane < lanes; lane++) {
      long from = (long) (first + lane) * panels.depth() + step;
      WeightBlocks.read(source, from, values, halves, steps);
      for (int i = 0; i < steps; i++) {
        weights[i % size][i / size * LANES + lane] = values[i];
      }
    }
  }

  private void fillBlock(int group) {
    block.clear();
    float[] scales = quantiser.scales();
    for (int g = 0; g < QuantisedPanels.SCALES; g++) {
      for (int lane = 0; lane < LANES; lane++) {
        int column = (group + g) * LANES + lane;
        block.scale(g, lane, scales[column]);
        for (int k = 0; k < size; k++) {
          block.integer(g * size + k, lane, quantiser.integer(k, column));
        }
      }
    }
  }
}

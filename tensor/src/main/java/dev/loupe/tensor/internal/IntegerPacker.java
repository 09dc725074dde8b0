package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.StoredIntegers;

/** Lays stored integers out as {@link QuantisedPanels}. Each thread has one of its own. */
final class IntegerPacker {
  private final PanelMatrix panels;
  private final StoredIntegers.Numbers source;
  private final int size;
  private final boolean zeros;
  private final QuantisedBlock block;

  IntegerPacker(PanelMatrix panels, StoredIntegers.Numbers source) {
    this.panels = panels;
    this.source = source;
    this.size = QuantisedPanels.group(panels.dtype());
    this.zeros = QuantisedPanels.zeros(panels.dtype());
    this.block = new QuantisedBlock(panels.dtype());
  }

  void pack(int from, int to) {
    int steps = QuantisedPanels.SCALES * size;
    for (int panel = from; panel < to; panel++) {
      int lanes = Math.min(LANES, panels.outputs() - panel * LANES);
      for (int step = 0; step < panels.depth(); step += steps) {
        block.clear();
        fill(panel * LANES, lanes, step, Math.min(steps, panels.depth() - step));
        block.write(panels, panel, step / steps);
      }
    }
  }

  private void fill(int first, int lanes, int step, int steps) {
    for (int k = 0; k < steps; k += size) {
      for (int lane = 0; lane < lanes; lane++) {
        int group = (step + k) / size;
        block.scale(k / size, lane, source.scale(first + lane, group));
        if (zeros) {
          block.zero(k / size, lane, source.zero(first + lane, group));
        }
      }
    }
    for (int k = 0; k < steps; k++) {
      for (int lane = 0; lane < lanes; lane++) {
        block.integer(k, lane, source.integer(first + lane, step + k));
      }
    }
  }
}

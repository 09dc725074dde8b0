package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;

/**
 * A row for each token id, rounded to the compute type. The table lies in panels, as the output
 * layer that may share it wants it: a row of 1,536 elements then touches 49 KB instead of 3, which
 * is nothing beside the layers that follow, and a tied table is in memory once.
 */
public final class Embedding {
  private final PanelMatrix table;

  Embedding(PanelMatrix table) {
    this.table = table;
  }

  /** How many ids have a row. */
  public int entries() {
    return table.outputs();
  }

  /**
   * One row an id, in scratch memory.
   *
   * @throws IllegalArgumentException if an id has no row
   */
  public Tensor forward(int[] ids, Workspace w) {
    int width = table.depth();
    Tensor rows = w.matrix(ids.length, width);
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= entries()) {
        throw new IllegalArgumentException(
            "token %d: expected an id from 0 to %d, found %d".formatted(i, entries() - 1, ids[i]));
      }
      table.readRow(ids[i], rows.segment(), (long) i * width);
    }
    if (table.dtype() != w.compute() && w.compute() != DType.F32) {
      w.kernels().round(w.compute(), rows.segment(), 0, (long) ids.length * width);
    }
    return rows;
  }

  PanelMatrix table() {
    return table;
  }
}

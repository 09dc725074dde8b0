package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;

/** A row for each token id, rounded to the compute type. */
public final class Embedding {
  private final Tensor table;

  /**
   * An embedding that reads {@code table} where it lies.
   *
   * @param table [entries, width], F32, BF16 or F16
   */
  public Embedding(Tensor table) {
    this.table = table;
  }

  /** How many ids have a row. */
  public int entries() {
    return table.rowCount();
  }

  /**
   * One row an id, in scratch memory.
   *
   * @throws IllegalArgumentException if an id has no row
   */
  public Tensor forward(int[] ids, Workspace w) {
    int width = table.columnCount();
    Tensor rows = w.matrix(ids.length, width);
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= entries()) {
        throw new IllegalArgumentException(
            "token %d: expected an id from 0 to %d, found %d".formatted(i, entries() - 1, ids[i]));
      }
      long from = (long) ids[i] * width;
      long to = (long) i * width;
      for (int c = 0; c < width; c++) {
        rows.segment().set(Tensor.FLOAT, (to + c) * 4, table.getFloat(from + c));
      }
    }
    if (table.dtype() != w.compute() && w.compute() != DType.F32) {
      w.kernels().round(w.compute(), rows.segment(), 0, (long) ids.length * width);
    }
    return rows;
  }

  Tensor table() {
    return table;
  }
}

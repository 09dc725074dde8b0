package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.OperationId;

/**
 * A row for each token id, rounded to the compute type. The table lies in panels, as the output
 * layer that may share it wants it: a row of 1,536 elements then touches 49 KB instead of 3, which
 * is nothing beside the layers that follow, and a tied table is in memory once.
 */
public final class Embedding {
  private final OperationId id;
  private final PanelMatrix table;

  Embedding(OperationId id, PanelMatrix table) {
    this.id = id;
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
    Tensor rows = w.matrix(ids.length, table.depth());
    w.operands(
        id,
        element -> {
          int row = element.row(table.depth());
          int column = element.column(table.depth());
          float weight = table.at(ids[row], column);
          return new OperandCopies().number("weight", weight).of(Kind.EMBEDDING, row, column);
        });
    return w.operation(id, RoundingPlace.AT_END, rows, rounding -> read(ids, rows, rounding, w));
  }

  private void read(int[] ids, Tensor rows, DType rounding, Workspace w) {
    int width = table.depth();
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= entries()) {
        throw new IllegalArgumentException(
            "token %d: expected an id from 0 to %d, found %d".formatted(i, entries() - 1, ids[i]));
      }
      table.readRow(ids[i], rows.segment(), (long) i * width);
    }
    if (table.dtype() != rounding && rounding != DType.F32) {
      w.kernels().round(rounding, rows.segment(), 0, (long) ids.length * width);
    }
  }

  PanelMatrix table() {
    return table;
  }
}

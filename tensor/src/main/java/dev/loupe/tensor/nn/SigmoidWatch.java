package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Shows an observer the elements of QuickGELU that are finite and whose argument of the sigmoid is
 * not. Nothing but a question if nobody asks.
 *
 * @param operation which
 * @param compute what the argument is rounded to
 */
record SigmoidWatch(OperationId operation, DType compute, RowKernels kernels) {
  private static final float FACTOR = 1.702f;

  /** QuickGELU is about to begin, in place. */
  static void begins(OperationId operation, Tensor x, Workspace w) {
    if (w.trace().wantsOperations()) {
      SigmoidWatch watch = new SigmoidWatch(operation, w.compute(), w.kernels());
      AbsorbingRows rows = r -> watch.row(r, Row.of(x, r));
      rows.show(x.rowCount(), w);
    }
  }

  private Optional<AbsorbedOverflow> row(int r, Row x) {
    TensorStatistics in = kernels.statistics(DType.F32, x.segment(), x.offset(), x.count());
    if (!infinite(in.largest())) {
      return Optional.empty();
    }
    int first = -1;
    long count = 0;
    for (int i = 0; i < x.count(); i++) {
      if (infinite(x.at(i))) {
        first = count++ == 0 ? i : first;
      }
    }
    float before = x.at(first);
    float after = before > 0 ? before : -0f;
    return Optional.of(
        new AbsorbedOverflow(
            operation, Absorption.SIGMOID, OptionalInt.empty(), r, first, before, after, count));
  }

  private boolean infinite(float x) {
    return Float.isFinite(x) && Float.isInfinite(Rounding.round(compute, FACTOR * x));
  }
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.OperationId;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Shows an observer the rows of a norm whose squares add up to infinity although numbers come out.
 * Nothing but a question if nobody asks.
 */
final class NormWatch {

  /** The sum of squares whose root a norm takes. */
  @FunctionalInterface
  interface Squares {
    float of(RowKernels kernels, Row x);
  }

  private final OperationId operation;
  private final Squares squares;
  private final RowKernels kernels;

  private NormWatch(OperationId operation, Squares squares, RowKernels kernels) {
    this.operation = operation;
    this.squares = squares;
    this.kernels = kernels;
  }

  /**
   * A norm has ended.
   *
   * @param x what went in
   * @param y what came out
   */
  static void ended(OperationId operation, Squares squares, Tensor x, Tensor y, Workspace w) {
    if (w.trace().wantsOperations()) {
      NormWatch watch = new NormWatch(operation, squares, w.kernels());
      AbsorbingRows rows = r -> watch.row(r, Row.of(x, r), Row.of(y, r));
      rows.show(x.rowCount(), w);
    }
  }

  private Optional<AbsorbedOverflow> row(int r, Row x, Row y) {
    float largest = kernels.largest(x.segment(), x.offset(), x.count());
    boolean finite = Float.isFinite(largest);
    if (Float.isNaN(largest) || finite && !mayOverflow(largest, x.count())) {
      return Optional.empty();
    }
    if (squares.of(kernels, x) != Float.POSITIVE_INFINITY || !anyFinite(y)) {
      return Optional.empty();
    }
    int element = first(x, largest);
    Absorption how = finite ? Absorption.SUM_OF_SQUARES : Absorption.INFINITE_ROW;
    return Optional.of(
        new AbsorbedOverflow(
            operation, how, OptionalInt.empty(), r, element, x.at(element), y.at(element), 1));
  }

  /** Whether squares of these numbers, or of their distances from the mean, can reach infinity. */
  private static boolean mayOverflow(float largest, int count) {
    double distance = 2 * (double) largest;
    return distance * distance * count >= Float.MAX_VALUE;
  }

  private static boolean anyFinite(Row y) {
    for (int i = 0; i < y.count(); i++) {
      if (Float.isFinite(y.at(i))) {
        return true;
      }
    }
    return false;
  }

  private static int first(Row x, float magnitude) {
    int i = 0;
    while (Math.abs(x.at(i)) != magnitude) {
      i++;
    }
    return i;
  }
}

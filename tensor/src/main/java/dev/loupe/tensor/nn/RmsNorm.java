package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;

/**
 * y = w * x / sqrt(mean x² + eps), each row by itself (Zhang and Sennrich, arXiv 1910.07467). The
 * normalised row is rounded to the compute type before the weight is applied, as {@code
 * Qwen2RMSNorm} does, and the product again.
 */
public final class RmsNorm {
  private final OperationId id;
  private final Tensor weight;
  private final float eps;

  RmsNorm(OperationId id, Tensor weight, float eps) {
    this.id = id;
    this.weight = weight;
    this.eps = eps;
  }

  /** The normalised rows of x, in scratch memory. */
  public Tensor forward(Tensor x, Workspace w) {
    Tensor y = w.matrix(x.rowCount(), x.columnCount());
    w.operands(id, element -> operands(x, element));
    w.operation(id, RoundingPlace.INSIDE, y, rounding -> normalise(x, y, rounding, w));
    NormWatch.ended(id, RowKernels::squares, x, y, w);
    return y;
  }

  private Operands operands(Tensor x, ResultElement element) {
    int row = element.row(x.columnCount());
    return new OperandCopies()
        .row("x", x, row)
        .vector("weight", weight)
        .number("eps", eps)
        .of(Kind.RMS_NORM, row, element.column(x.columnCount()));
  }

  private void normalise(Tensor x, Tensor y, DType rounding, Workspace w) {
    w.backend()
        .parallel(
            x.rowCount(),
            (from, to, worker) -> {
              for (int r = from; r < to; r++) {
                w.kernels().rmsNorm(rounding, Row.of(x, r), weight.segment(), eps, Row.of(y, r));
              }
            });
  }
}

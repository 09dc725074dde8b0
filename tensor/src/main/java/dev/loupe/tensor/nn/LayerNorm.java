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
 * y = (x - mean) / sqrt(variance + eps) * w + b, each row by itself (Ba et al., arXiv 1607.06450).
 * Statistics and arithmetic are float32, with one rounding to the compute type at the end.
 */
public final class LayerNorm {
  private final OperationId id;
  private final Tensor weight;
  private final Tensor bias;
  private final float eps;

  LayerNorm(OperationId id, Tensor weight, Tensor bias, float eps) {
    this.id = id;
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  /** The normalised rows of x, in scratch memory. */
  public Tensor forward(Tensor x, Workspace w) {
    Tensor y = w.matrix(x.rowCount(), x.columnCount());
    w.operands(id, element -> operands(x, element));
    w.operation(id, RoundingPlace.INSIDE, y, rounding -> normalise(x, y, rounding, w));
    NormWatch.ended(id, RowKernels::variance, x, y, w);
    return y;
  }

  private Operands operands(Tensor x, ResultElement element) {
    int row = element.row(x.columnCount());
    return new OperandCopies()
        .row("x", x, row)
        .vector("weight", weight)
        .vector("bias", bias)
        .number("eps", eps)
        .of(Kind.LAYER_NORM, row, element.column(x.columnCount()));
  }

  private void normalise(Tensor x, Tensor y, DType rounding, Workspace w) {
    w.backend()
        .parallel(
            x.rowCount(),
            (from, to, worker) -> {
              for (int r = from; r < to; r++) {
                w.kernels()
                    .layerNorm(
                        rounding,
                        Row.of(x, r),
                        weight.segment(),
                        bias.segment(),
                        eps,
                        Row.of(y, r));
              }
            });
  }
}

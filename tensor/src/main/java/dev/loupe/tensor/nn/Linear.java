package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Epilogue;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.numerics.OperationId;
import java.util.Optional;

/**
 * y = x Wᵀ + b, as {@code torch.nn.Linear}: the bias is added to the finished chain in float32,
 * then the result is rounded once to the compute type.
 */
public final class Linear {

  /** Panels go to the threads in groups of this many, which the kernels work through together. */
  private static final int GROUP = 4;

  private final OperationId id;
  private final PanelMatrix weight;
  private final Optional<Tensor> bias;

  Linear(OperationId id, PanelMatrix weight, Optional<Tensor> bias) {
    this.id = id;
    this.weight = weight;
    this.bias = bias;
  }

  /**
   * The layer's output, in scratch memory.
   *
   * @param x [rows, inputs]
   * @return [rows, outputs]
   */
  public Tensor forward(Tensor x, Workspace w) {
    requireWidth(x);
    Tensor y = w.matrix(x.rowCount(), weight.outputs());
    return w.operation(id, RoundingPlace.AT_END, y, rounding -> multiply(x, y, rounding, w));
  }

  private void multiply(Tensor x, Tensor y, DType rounding, Workspace w) {
    int groups = (weight.panels() + GROUP - 1) / GROUP;
    w.backend()
        .parallel(
            groups,
            (from, to, worker) -> {
              int last = Math.min(to * GROUP, weight.panels());
              panels(x, y, from * GROUP, last, rounding, w, worker);
            });
  }

  private void panels(
      Tensor x, Tensor y, int first, int last, DType rounding, Workspace w, int worker) {
    w.products()
        .linear(
            Rows.of(x),
            weight,
            new PanelRange(first, last),
            Rows.of(y),
            new Epilogue(rounding, bias.map(Tensor::segment)),
            w.scratch(worker));
  }

  private void requireWidth(Tensor x) {
    if (x.columnCount() != weight.depth()) {
      throw new IllegalArgumentException(
          "%s: expected input of width %d, found %s".formatted(id, weight.depth(), x.shape()));
    }
  }
}

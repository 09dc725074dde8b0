package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Epilogue;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.numerics.OperationId;
import java.util.Optional;
import java.util.OptionalInt;

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
  private final OptionalInt channels;

  Linear(OperationId id, PanelMatrix weight, Optional<Tensor> bias) {
    this(id, weight, bias, OptionalInt.empty());
  }

  /**
   * @param channels of a convolution whose stride is its size, the first part of a column's place;
   *     empty for any other layer
   */
  Linear(OperationId id, PanelMatrix weight, Optional<Tensor> bias, OptionalInt channels) {
    this.id = id;
    this.weight = weight;
    this.bias = bias;
    this.channels = channels;
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
    Products products = w.products();
    PanelRange range = new PanelRange(first, last);
    Epilogue epilogue = new Epilogue(rounding, bias.map(Tensor::segment));
    float[] scratch = w.scratch(worker);
    if (channels.isPresent()) {
      int c = channels.getAsInt();
      products.convolution(Rows.of(x), weight, c, range, Rows.of(y), epilogue, scratch);
    } else {
      products.linear(Rows.of(x), weight, range, Rows.of(y), epilogue, scratch);
    }
  }

  private void requireWidth(Tensor x) {
    if (x.columnCount() != weight.depth()) {
      throw new IllegalArgumentException(
          "%s: expected input of width %d, found %s".formatted(id, weight.depth(), x.shape()));
    }
  }
}

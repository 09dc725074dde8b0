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
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * y = x Wᵀ + b, as {@code torch.nn.Linear}: the bias is added to the finished chain in float32,
 * then the result is rounded once to the compute type. Or as the layers of AWQ and GPTQ: the
 * product is rounded, the bias is added apart, and the sum is rounded once more.
 */
public final class Linear {

  /** Panels go to the threads in groups of this many, which the kernels work through together. */
  private static final int GROUP = 4;

  private final OperationId id;
  private final PanelMatrix weight;
  private final Optional<Tensor> bias;
  private final Optional<BiasApart> apart;

  /** A bias that is added to the rounded product, as an operation of its own. */
  private record BiasApart(OperationId sum, Tensor bias) {}

  private Linear(
      OperationId id, PanelMatrix weight, Optional<Tensor> bias, Optional<BiasApart> apart) {
    this.id = id;
    this.weight = weight;
    this.bias = bias;
    this.apart = apart;
  }

  Linear(OperationId id, PanelMatrix weight, Optional<Tensor> bias) {
    this(id, weight, bias, Optional.empty());
  }

  /** A layer that rounds its product before it adds the bias. */
  static Linear withBiasApart(ModuleId id, PanelMatrix weight, Tensor bias) {
    return new Linear(
        id.step(Step.BEFORE_BIAS),
        weight,
        Optional.empty(),
        Optional.of(new BiasApart(id.output(), bias)));
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
    w.operation(id, RoundingPlace.AT_END, y, rounding -> multiply(x, y, rounding, w));
    return apart.isPresent() ? Elementwise.addToRows(apart.get().sum, y, apart.get().bias, w) : y;
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

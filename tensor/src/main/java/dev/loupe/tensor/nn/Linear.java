package dev.loupe.tensor.nn;

import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Epilogue;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;
import dev.loupe.tensor.numerics.Step;
import java.util.Optional;

/**
 * y = x Wᵀ + b, as {@code torch.nn.Linear}: the bias is added to the finished chain in float32,
 * then the result is rounded once to the compute type. Or as the layers of AWQ and GPTQ, {@code
 * torch.matmul(x, Wᵀ) + b}: the product is rounded, and the sum once more.
 */
public final class Linear {

  /** Panels go to the threads in groups of this many, which the kernels work through together. */
  private static final int GROUP = 4;

  private final ModuleId id;
  private final PanelMatrix weight;
  private final Optional<Tensor> bias;
  private final LinearProduct product;

  Linear(ModuleId id, PanelMatrix weight, Optional<Tensor> bias, LinearProduct product) {
    this.id = id;
    this.weight = weight;
    this.bias = bias;
    this.product = product;
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
    if (product == LinearProduct.MATMUL && bias.isPresent()) {
      multiply(id.step(Step.BEFORE_BIAS), x, y, Optional.empty(), w);
      return Elementwise.addToRows(id.output(), y, bias.get(), w);
    }
    return multiply(id.output(), x, y, bias, w);
  }

  private Tensor multiply(
      OperationId operation, Tensor x, Tensor y, Optional<Tensor> added, Workspace w) {
    w.operands(operation, element -> operands(x, added, element));
    SumWatch sums = SumWatch.ofLinear(operation, w);
    w.operation(
        operation,
        RoundingPlace.AT_END,
        y,
        rounding -> {
          Epilogue epilogue = new Epilogue(rounding, added.map(Tensor::segment));
          multiply(x, y, sums.products(), epilogue, w);
        });
    sums.ended();
    return y;
  }

  private Operands operands(Tensor x, Optional<Tensor> added, ResultElement element) {
    int row = element.row(weight.outputs());
    int output = element.column(weight.outputs());
    OperandCopies copies =
        new OperandCopies().row("input", x, row).row("weight", weight, output, weight.depth());
    added.ifPresent(b -> copies.number("bias", b.getFloat(output)));
    return copies.of(Kind.LINEAR, row, output);
  }

  private void multiply(Tensor x, Tensor y, Products products, Epilogue epilogue, Workspace w) {
    int groups = (weight.panels() + GROUP - 1) / GROUP;
    w.backend()
        .parallel(
            groups,
            (from, to, worker) -> {
              int last = Math.min(to * GROUP, weight.panels());
              PanelRange panels = new PanelRange(from * GROUP, last);
              float[] scratch = w.scratch(worker);
              product.compute(products, Rows.of(x), weight, panels, Rows.of(y), epilogue, scratch);
            });
  }

  private void requireWidth(Tensor x) {
    if (x.columnCount() != weight.depth()) {
      throw new IllegalArgumentException(
          "%s: expected input of width %d, found %s".formatted(id, weight.depth(), x.shape()));
    }
  }
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;

/**
 * Operations of one or two equal tensors, element by element, each rounded to the compute type. The
 * activations of the 16-bit types are looked up in tables.
 */
public final class Elementwise {

  /** Elements worth waking a thread for: about 10 microseconds of work. */
  private static final int CHUNK = 1 << 14;

  private Elementwise() {}

  /** x = x + y, the residual connection, reported as {@code id}. Returns x. */
  public static Tensor add(OperationId id, Tensor x, Tensor y, Workspace w) {
    w.operands(id, element -> operands(Kind.ADD, x, y, element));
    return run(
        id,
        RoundingPlace.AT_END,
        x,
        w,
        (t, at, count, rounding) ->
            w.kernels().add(rounding, t.segment(), at, y.segment(), at, count));
  }

  /** Adds y to each row of x, reported as {@code id}. Returns x. */
  static Tensor addToRows(OperationId id, Tensor x, Tensor y, Workspace w) {
    int width = x.columnCount();
    w.operands(
        id,
        element -> {
          int column = element.column(width);
          return operand(x, element)
              .number("y", y.getFloat(column))
              .of(Kind.ADD, element.row(width), column);
        });
    return w.operation(
        id,
        RoundingPlace.AT_END,
        x,
        rounding ->
            w.backend()
                .parallel(
                    x.rowCount(),
                    (from, to, worker) -> {
                      for (int row = from; row < to; row++) {
                        long at = (long) row * width;
                        w.kernels().add(rounding, x.segment(), at, y.segment(), 0, width);
                      }
                    }));
  }

  /** x = x y, reported as {@code id}. Returns x. */
  public static Tensor multiply(OperationId id, Tensor x, Tensor y, Workspace w) {
    w.operands(id, element -> operands(Kind.MULTIPLY, x, y, element));
    return run(
        id,
        RoundingPlace.AT_END,
        x,
        w,
        (t, at, count, rounding) ->
            w.kernels().multiply(rounding, t.segment(), at, y.segment(), at, count));
  }

  /** x = x / (1 + e^-x): SiLU, also called swish. Returns x. */
  public static Tensor silu(OperationId id, Tensor x, Workspace w) {
    return run(
        id,
        RoundingPlace.INSIDE,
        x,
        w,
        (t, at, count, rounding) -> w.kernels().silu(rounding, t.segment(), at, count));
  }

  /** x = x sigmoid(1.702 x), the GELU of CLIP, with a rounding after each of its three steps. */
  public static Tensor quickGelu(OperationId id, Tensor x, Workspace w) {
    w.operands(
        id,
        element ->
            operand(x, element)
                .of(
                    Kind.QUICK_GELU,
                    element.row(x.columnCount()),
                    element.column(x.columnCount())));
    SigmoidWatch.begins(id, x, w);
    return run(
        id,
        RoundingPlace.INSIDE,
        x,
        w,
        (t, at, count, rounding) -> w.kernels().quickGelu(rounding, t.segment(), at, count));
  }

  /** x = x/2 (1 + erf(x / sqrt 2)): the exact GELU. Returns x. */
  public static Tensor gelu(OperationId id, Tensor x, Workspace w) {
    return run(
        id,
        RoundingPlace.INSIDE,
        x,
        w,
        (t, at, count, rounding) -> w.kernels().gelu(rounding, t.segment(), at, count));
  }

  /**
   * x if its values are those of the compute type anyway, else a rounded copy in scratch memory. A
   * conversion of what goes into the model, and no operation of it.
   */
  public static Tensor rounded(Tensor x, Workspace w) {
    if (w.compute() == DType.F32) {
      return x;
    }
    Tensor copy = w.copy(x);
    apply(
        w.compute(), copy, w, (t, at, count, to) -> w.kernels().round(to, t.segment(), at, count));
    return copy;
  }

  private static Operands operands(Kind kind, Tensor x, Tensor y, ResultElement element) {
    int row = element.row(x.columnCount());
    int column = element.column(x.columnCount());
    float other = y.getFloat((long) row * x.columnCount() + column);
    return operand(x, element).number("y", other).of(kind, row, column);
  }

  private static OperandCopies operand(Tensor x, ResultElement element) {
    int width = x.columnCount();
    long at = (long) element.row(width) * width + element.column(width);
    return new OperandCopies().number("x", x.getFloat(at));
  }

  private interface RangeKernel {
    void run(Tensor t, long at, long count, DType rounding);
  }

  private static Tensor run(
      OperationId id, RoundingPlace place, Tensor x, Workspace w, RangeKernel kernel) {
    return w.operation(id, place, x, rounding -> apply(rounding, x, w, kernel));
  }

  private static void apply(DType rounding, Tensor x, Workspace w, RangeKernel kernel) {
    long elements = x.shape().elements();
    int chunks = Math.toIntExact((elements + CHUNK - 1) / CHUNK);
    w.backend()
        .parallel(
            chunks,
            (from, to, worker) -> {
              long at = (long) from * CHUNK;
              kernel.run(x, at, Math.min((long) to * CHUNK, elements) - at, rounding);
            });
  }
}

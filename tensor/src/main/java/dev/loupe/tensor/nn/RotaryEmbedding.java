package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split form: element i turns
 * with element i + dim/2. Holds the cosines and sines of some tokens.
 *
 * @param cos [tokens, dim], float32
 * @param sin [tokens, dim], float32
 * @param products the type that each product is rounded to before the sum: F32 in the vision tower,
 *     the compute type in the decoder
 */
public record RotaryEmbedding(Tensor cos, Tensor sin, DType products) {

  /** The frequency that PyTorch's float32 pow computes one unit too high for theta 1e6, dim 128. */
  private static final int TORCH_POW_EXCEPTION = 37;

  /**
   * The frequencies theta^(-2i/dim), i below dim/2, as PyTorch computes them: float32 exponents,
   * power and reciprocal.
   */
  public static float[] inverseFrequencies(double theta, int dim) {
    float[] inverse = new float[dim / 2];
    for (int i = 0; i < inverse.length; i++) {
      float power = (float) StrictMath.pow(theta, (2 * i) / (float) dim);
      inverse[i] = 1f / power;
    }
    if (theta == 1e6 && dim == 128) {
      inverse[TORCH_POW_EXCEPTION] = Math.nextUp(inverse[TORCH_POW_EXCEPTION]);
    }
    return inverse;
  }

  /**
   * Tables for the given angles, each row of {@code dim / 2} angles serving both halves of a head.
   *
   * @param angles [tokens][dim / 2], in radians
   * @param table the type that cosines and sines are rounded to
   */
  public static RotaryEmbedding of(float[][] angles, DType table, DType products, Workspace w) {
    int half = angles.length == 0 ? 0 : angles[0].length;
    Tensor cos = w.matrix(angles.length, 2 * half);
    Tensor sin = w.matrix(angles.length, 2 * half);
    for (int t = 0; t < angles.length; t++) {
      for (int i = 0; i < half; i++) {
        long at = ((long) t * 2 * half + i) * 4;
        float c = (float) StrictMath.cos(angles[t][i]);
        float s = (float) StrictMath.sin(angles[t][i]);
        cos.segment().set(Tensor.FLOAT, at, c);
        cos.segment().set(Tensor.FLOAT, at + half * 4L, c);
        sin.segment().set(Tensor.FLOAT, at, s);
        sin.segment().set(Tensor.FLOAT, at + half * 4L, s);
      }
    }
    long count = (long) angles.length * 2 * half;
    w.kernels().round(table, cos.segment(), 0, count);
    w.kernels().round(table, sin.segment(), 0, count);
    return new RotaryEmbedding(cos, sin, products);
  }

  /**
   * Turns heads of x in place.
   *
   * @param id what they are reported as
   * @param x [tokens, ...]
   * @param column where the first head starts in a row of x
   * @param heads how many heads of {@code dim} follow each other there
   */
  public void rotate(OperationId id, Tensor x, int column, int heads, Workspace w) {
    w.operands(id, element -> operands(x, column, heads, element));
    w.operation(
        id,
        RoundingPlace.AT_END,
        x,
        column,
        heads * cos.columnCount(),
        rounding -> rotate(x, column, heads, rounding, w));
  }

  private Operands operands(Tensor x, int first, int heads, ResultElement element) {
    int dim = cos.columnCount();
    int token = element.row(heads * dim);
    int column = element.column(heads * dim);
    int i = column % dim;
    long at = (long) token * x.columnCount() + first + column;
    boolean lower = i < dim / 2;
    float partner = x.getFloat(lower ? at + dim / 2 : at - dim / 2);
    return new OperandCopies()
        .number("x", x.getFloat(at))
        .number("rotated", lower ? -partner : partner)
        .number("cos", cos.getFloat((long) token * dim + i))
        .number("sin", sin.getFloat((long) token * dim + i))
        .of(Kind.ROTATION, token, column);
  }

  private void rotate(Tensor x, int column, int heads, DType rounding, Workspace w) {
    int dim = cos.columnCount();
    int width = x.columnCount();
    w.backend()
        .parallel(
            x.rowCount(),
            (from, to, worker) -> {
              for (int t = from; t < to; t++) {
                Row c = Row.of(cos, t);
                Row s = Row.of(sin, t);
                for (int h = 0; h < heads; h++) {
                  long at = (long) t * width + column + (long) h * dim;
                  Row head = new Row(x.segment(), at, dim);
                  w.kernels().rotateHalf(products, rounding, head, c, s);
                }
              }
            });
  }
}

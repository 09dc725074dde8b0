package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.VectorFunctions.exp;
import static dev.loupe.tensor.internal.VectorFunctions.rounded;
import static dev.loupe.tensor.internal.VectorWidth.F;
import static dev.loupe.tensor.internal.VectorWidth.I;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The optimisation: the same bits as {@link ScalarRowKernels} with the Vector API. Operations that
 * vectors do not make faster here (GELU, 16-bit activations, which are looked up, and remedies of
 * scores) call the specification.
 *
 * <p>A long file, because it has a method for each of {@link RowKernels}, in the same order.
 */
final class VectorRowKernels implements RowKernels {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int WIDTH = F.length();
  private static final IntVector UNSIGNED = IntVector.broadcast(I, Integer.MAX_VALUE);
  private static final FloatVector ONE = FloatVector.broadcast(F, 1f);

  private final ScalarRowKernels scalar = new ScalarRowKernels();
  private final NormSums sums;

  VectorRowKernels() {
    this(new LaneSums());
  }

  private VectorRowKernels(NormSums sums) {
    this.sums = sums;
  }

  @Override
  public RowKernels with(NormSums others) {
    return new VectorRowKernels(others);
  }

  @Override
  public TensorStatistics statistics(DType dtype, MemorySegment x, long offset, long count) {
    long whole = count / WIDTH * WIDTH;
    return VectorStatistics.of(dtype, x, offset, whole, scalar)
        .plus(scalar.statistics(dtype, x, offset + whole, count - whole));
  }

  @Override
  public float largest(MemorySegment x, long offset, long count) {
    IntVector largest = IntVector.zero(I);
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      largest = largest.max(IntVector.fromMemorySegment(I, x, (offset + i) * 4, LE).and(UNSIGNED));
    }
    float rest = scalar.largest(x, offset + i, count - i);
    int most = largest.reduceLanes(VectorOperators.MAX);
    return Float.intBitsToFloat(Math.max(most, Float.floatToRawIntBits(rest)));
  }

  @Override
  public void round(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype == DType.F32) {
      return;
    }
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      store(x, offset + i, rounded(dtype, load(x, offset + i)));
    }
    scalar.round(dtype, x, offset + i, count - i);
  }

  @Override
  public void add(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      FloatVector sum = load(x, xOffset + i).add(load(y, yOffset + i));
      store(x, xOffset + i, rounded(dtype, sum));
    }
    scalar.add(dtype, x, xOffset + i, y, yOffset + i, count - i);
  }

  @Override
  public void multiply(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      FloatVector product = load(x, xOffset + i).mul(load(y, yOffset + i));
      store(x, xOffset + i, rounded(dtype, product));
    }
    scalar.multiply(dtype, x, xOffset + i, y, yOffset + i, count - i);
  }

  @Override
  public void scale(DType dtype, MemorySegment x, long offset, long count, float factor) {
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      store(x, offset + i, rounded(dtype, load(x, offset + i).mul(factor)));
    }
    scalar.scale(dtype, x, offset + i, count - i, factor);
  }

  /** Left to the specification, like the next two: only for the older and the remedied scores. */
  @Override
  public void divide(DType dtype, MemorySegment x, long offset, long count, float divisor) {
    scalar.divide(dtype, x, offset, count, divisor);
  }

  @Override
  public void zeroInfinities(MemorySegment x, long offset, long count) {
    scalar.zeroInfinities(x, offset, count);
  }

  @Override
  public void clamp(MemorySegment x, long offset, long count, float limit) {
    scalar.clamp(x, offset, count, limit);
  }

  @Override
  public void addConstant(DType dtype, MemorySegment x, long offset, long count, float constant) {
    long i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      store(x, offset + i, rounded(dtype, load(x, offset + i).add(constant)));
    }
    scalar.addConstant(dtype, x, offset + i, count - i, constant);
  }

  @Override
  public void silu(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype != DType.F32) {
      scalar.silu(dtype, x, offset, count);
      return;
    }
    long whole = count / WIDTH * WIDTH;
    silu(x, offset * 4, whole * 4);
    scalar.silu(dtype, x, offset + whole, count - whole);
  }

  @Override
  public void quickGelu(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype != DType.F32) {
      scalar.quickGelu(dtype, x, offset, count);
      return;
    }
    long whole = count / WIDTH * WIDTH;
    quickGelu(x, offset * 4, whole * 4);
    scalar.quickGelu(dtype, x, offset + whole, count - whole);
  }

  private static void silu(MemorySegment x, long at, long bytes) {
    for (long i = 0; i < bytes; i += WIDTH * 4L) {
      FloatVector v = FloatVector.fromMemorySegment(F, x, at + i, LE);
      v.div(exp(v.neg()).add(1f)).intoMemorySegment(x, at + i, LE);
    }
  }

  private static void quickGelu(MemorySegment x, long at, long bytes) {
    for (long i = 0; i < bytes; i += WIDTH * 4L) {
      FloatVector v = FloatVector.fromMemorySegment(F, x, at + i, LE);
      FloatVector logistic = ONE.div(exp(v.mul(1.702f).neg()).add(1f));
      v.mul(logistic).intoMemorySegment(x, at + i, LE);
    }
  }

  /** Left to the specification: there is one GELU a merged patch only. */
  @Override
  public void gelu(DType dtype, MemorySegment x, long offset, long count) {
    scalar.gelu(dtype, x, offset, count);
  }

  @Override
  public void softmax(DType dtype, MemorySegment x, long offset, int count) {
    float factor = 1 / exponentials(DType.F32, x, offset, count, 1);
    scale(dtype, x, offset, count, factor);
  }

  @Override
  public float exponentials(DType dtype, MemorySegment x, long offset, int count, float scale) {
    int whole = count / LANES * LANES;
    // Rounding keeps the order, so the largest product is that of the largest element.
    float max = scale * max(x, offset, count);
    float[] lanes = new float[LANES];
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      exponentialsOfLanes(x, offset + lane, whole - lane, scale, max, lanes, lane);
    }
    for (int i = whole; i < count; i++) {
      float e = Elementary.exp(scale * x.get(Tensor.FLOAT, (offset + i) * 4) - max);
      lanes[i % LANES] += e;
      x.set(Tensor.FLOAT, (offset + i) * 4, e);
    }
    round(dtype, x, offset, count);
    return ScalarRowKernels.fold(lanes);
  }

  /**
   * One vector of lanes. With anything else beside exp, even with {@link #load} and {@link #store},
   * C2 exceeds its node budget and boxes vectors.
   */
  private static void exponentialsOfLanes(
      MemorySegment x, long offset, int count, float scale, float max, float[] lanes, int lane) {
    long at = offset * 4;
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < count; i += LANES) {
      FloatVector e = exp(FloatVector.fromMemorySegment(F, x, at + i * 4L, LE).mul(scale).sub(max));
      sum = sum.add(e);
      e.intoMemorySegment(x, at + i * 4L, LE);
    }
    sum.intoArray(lanes, lane);
  }

  /**
   * The largest element; the maximum has no rounding, so its order is free: four chains, because
   * Java's maximum needs several instructions to handle NaN and signed zeros.
   */
  private static float max(MemorySegment x, long offset, int count) {
    FloatVector m0 = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    FloatVector m1 = m0;
    FloatVector m2 = m0;
    FloatVector m3 = m0;
    int i = 0;
    for (; i <= count - 4 * WIDTH; i += 4 * WIDTH) {
      m0 = m0.max(load(x, offset + i));
      m1 = m1.max(load(x, offset + i + WIDTH));
      m2 = m2.max(load(x, offset + i + 2 * WIDTH));
      m3 = m3.max(load(x, offset + i + 3 * WIDTH));
    }
    for (; i <= count - WIDTH; i += WIDTH) {
      m0 = m0.max(load(x, offset + i));
    }
    float max = m0.max(m1).max(m2.max(m3)).reduceLanes(VectorOperators.MAX);
    for (; i < count; i++) {
      max = Math.max(max, x.get(Tensor.FLOAT, (offset + i) * 4));
    }
    return max;
  }

  @Override
  public void rmsNorm(DType dtype, Row row, MemorySegment weight, float eps, Row result) {
    MemorySegment x = row.segment();
    MemorySegment y = result.segment();
    long from = row.offset();
    long to = result.offset();
    int count = row.count();
    float factor = ScalarRowKernels.reciprocalRoot(sums.squares(row) / count + eps);
    int i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      FloatVector normed = rounded(dtype, load(x, from + i).mul(factor));
      store(y, to + i, rounded(dtype, load(weight, i).mul(normed)));
    }
    for (; i < count; i++) {
      float normed = Rounding.round(dtype, row.at(i) * factor);
      result.set(i, Rounding.round(dtype, FloatMemory.get(weight, i) * normed));
    }
  }

  @Override
  public void layerNorm(
      DType dtype, Row row, MemorySegment weight, MemorySegment bias, float eps, Row result) {
    MemorySegment x = row.segment();
    MemorySegment y = result.segment();
    long from = row.offset();
    long to = result.offset();
    int count = row.count();
    Moments m = sums.moments(row);
    float mean = m.mean();
    float factor = ScalarRowKernels.reciprocalRoot(m.variance() + eps);
    float shift = -factor * mean;
    int i = 0;
    for (; i <= count - WIDTH; i += WIDTH) {
      FloatVector v = load(x, from + i);
      FloatVector normed =
          dtype == DType.F32
              ? v.sub(mean).mul(factor)
              : v.fma(FloatVector.broadcast(F, factor), FloatVector.broadcast(F, shift));
      store(y, to + i, rounded(dtype, normed.fma(load(weight, i), load(bias, i))));
    }
    for (; i < count; i++) {
      float v = row.at(i);
      float normed = dtype == DType.F32 ? (v - mean) * factor : Math.fma(v, factor, shift);
      float scaled = Math.fma(normed, FloatMemory.get(weight, i), FloatMemory.get(bias, i));
      result.set(i, Rounding.round(dtype, scaled));
    }
  }

  @Override
  public float squares(Row x) {
    return sums.squares(x);
  }

  @Override
  public float variance(Row x) {
    return sums.moments(x).variance();
  }

  /** In the 16 lanes of {@link RowKernels}. */
  private static final class LaneSums implements NormSums {

    @Override
    public Moments moments(Row x) {
      int count = x.count();
      float mean = sum(x.segment(), x.offset(), count) / count;
      return new Moments(mean, sumOfSquares(x.segment(), x.offset(), mean, count) / count);
    }

    @Override
    public float squares(Row x) {
      return sumOfSquares(x.segment(), x.offset(), 0, x.count());
    }
  }

  /** The sum along a row, in the 16 lanes of {@link RowKernels}. */
  private static float sum(MemorySegment x, long offset, int count) {
    int whole = count / LANES * LANES;
    float[] lanes = new float[LANES];
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(F);
      for (int i = lane; i < whole; i += LANES) {
        sum = sum.add(load(x, offset + i));
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < count; i++) {
      lanes[i % LANES] += x.get(Tensor.FLOAT, (offset + i) * 4);
    }
    return ScalarRowKernels.fold(lanes);
  }

  /** The sum of (x - mean)² along a row, each square rounded, in the same lanes. */
  private static float sumOfSquares(MemorySegment x, long offset, float mean, int count) {
    int whole = count / LANES * LANES;
    float[] lanes = new float[LANES];
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(F);
      for (int i = lane; i < whole; i += LANES) {
        FloatVector d = load(x, offset + i).sub(mean);
        sum = sum.add(d.mul(d));
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < count; i++) {
      float d = x.get(Tensor.FLOAT, (offset + i) * 4) - mean;
      lanes[i % LANES] += d * d;
    }
    return ScalarRowKernels.fold(lanes);
  }

  @Override
  public void rotateHalf(DType products, DType result, Row row, Row cosines, Row sines) {
    int h = row.count() / 2;
    if (h % WIDTH != 0) {
      scalar.rotateHalf(products, result, row, cosines, sines);
      return;
    }
    MemorySegment x = row.segment();
    MemorySegment cos = cosines.segment();
    MemorySegment sin = sines.segment();
    long at = row.offset();
    long c = cosines.offset();
    long s = sines.offset();
    for (int i = 0; i < h; i += WIDTH) {
      FloatVector low = load(x, at + i);
      FloatVector high = load(x, at + h + i);
      FloatVector lowCos = rounded(products, low.mul(load(cos, c + i)));
      FloatVector lowSin = rounded(products, high.neg().mul(load(sin, s + i)));
      FloatVector highCos = rounded(products, high.mul(load(cos, c + h + i)));
      FloatVector highSin = rounded(products, low.mul(load(sin, s + h + i)));
      store(x, at + i, rounded(result, lowCos.add(lowSin)));
      store(x, at + h + i, rounded(result, highCos.add(highSin)));
    }
  }

  private static FloatVector load(MemorySegment s, long index) {
    return FloatVector.fromMemorySegment(F, s, index * 4, LE);
  }

  private static void store(MemorySegment s, long index, FloatVector v) {
    v.intoMemorySegment(s, index * 4, LE);
  }
}

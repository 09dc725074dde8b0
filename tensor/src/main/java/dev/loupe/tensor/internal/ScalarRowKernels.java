package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.FloatMemory.get;
import static dev.loupe.tensor.internal.FloatMemory.set;
import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.UnaryFunction;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;

/** The specification: every kernel as plainly as it can be written. */
final class ScalarRowKernels implements RowKernels {
  private final NormSums sums;

  ScalarRowKernels() {
    this(new LaneSums());
  }

  private ScalarRowKernels(NormSums sums) {
    this.sums = sums;
  }

  @Override
  public RowKernels with(NormSums others) {
    return new ScalarRowKernels(others);
  }

  @Override
  public TensorStatistics statistics(DType dtype, MemorySegment x, long offset, long count) {
    TensorStatistics.Counter counter = new TensorStatistics.Counter(dtype);
    for (long i = offset; i < offset + count; i++) {
      counter.add(get(x, i));
    }
    return counter.statistics();
  }

  @Override
  public float largest(MemorySegment x, long offset, long count) {
    int largest = 0;
    for (long i = offset; i < offset + count; i++) {
      // Without its sign, the pattern of a larger number is a larger integer, and NaN the largest.
      largest = Math.max(largest, Float.floatToRawIntBits(get(x, i)) & Integer.MAX_VALUE);
    }
    return Float.intBitsToFloat(largest);
  }

  @Override
  public void round(DType dtype, MemorySegment x, long offset, long count) {
    for (long i = offset; i < offset + count; i++) {
      set(x, i, Rounding.round(dtype, get(x, i)));
    }
  }

  @Override
  public void add(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    for (long i = 0; i < count; i++) {
      set(x, xOffset + i, Rounding.round(dtype, get(x, xOffset + i) + get(y, yOffset + i)));
    }
  }

  @Override
  public void multiply(
      DType dtype, MemorySegment x, long xOffset, MemorySegment y, long yOffset, long count) {
    for (long i = 0; i < count; i++) {
      set(x, xOffset + i, Rounding.round(dtype, get(x, xOffset + i) * get(y, yOffset + i)));
    }
  }

  @Override
  public void scale(DType dtype, MemorySegment x, long offset, long count, float factor) {
    for (long i = offset; i < offset + count; i++) {
      set(x, i, Rounding.round(dtype, get(x, i) * factor));
    }
  }

  @Override
  public void divide(DType dtype, MemorySegment x, long offset, long count, float divisor) {
    for (long i = offset; i < offset + count; i++) {
      set(x, i, Rounding.round(dtype, get(x, i) / divisor));
    }
  }

  @Override
  public void addConstant(DType dtype, MemorySegment x, long offset, long count, float constant) {
    for (long i = offset; i < offset + count; i++) {
      set(x, i, Rounding.round(dtype, get(x, i) + constant));
    }
  }

  @Override
  public void zeroInfinities(MemorySegment x, long offset, long count) {
    for (long i = offset; i < offset + count; i++) {
      if (Float.isInfinite(get(x, i))) {
        set(x, i, 0f);
      }
    }
  }

  @Override
  public void clamp(MemorySegment x, long offset, long count, float limit) {
    for (long i = offset; i < offset + count; i++) {
      set(x, i, Math.min(Math.max(get(x, i), -limit), limit));
    }
  }

  @Override
  public void silu(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype != DType.F32) {
      UnaryTables.apply(UnaryFunction.SILU, dtype, x, offset, count);
      return;
    }
    for (long i = offset; i < offset + count; i++) {
      float v = get(x, i);
      set(x, i, v / (1 + Elementary.exp(-v)));
    }
  }

  @Override
  public void quickGelu(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype != DType.F32) {
      UnaryTables.apply(UnaryFunction.QUICK_GELU, dtype, x, offset, count);
      return;
    }
    for (long i = offset; i < offset + count; i++) {
      float v = get(x, i);
      set(x, i, v * (1 / (1 + Elementary.exp(-(1.702f * v)))));
    }
  }

  @Override
  public void gelu(DType dtype, MemorySegment x, long offset, long count) {
    if (dtype != DType.F32) {
      UnaryTables.apply(UnaryFunction.GELU, dtype, x, offset, count);
      return;
    }
    for (long i = offset; i < offset + count; i++) {
      float v = get(x, i);
      float erf = (float) Elementary.erf(v * (float) Math.sqrt(0.5));
      set(x, i, v * 0.5f * (1 + erf));
    }
  }

  @Override
  public void softmax(DType dtype, MemorySegment x, long offset, int count) {
    float factor = 1 / exponentials(DType.F32, x, offset, count, 1);
    scale(dtype, x, offset, count, factor);
  }

  @Override
  public float exponentials(DType dtype, MemorySegment x, long offset, int count, float scale) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, scale * get(x, offset + i));
    }
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      float e = Elementary.exp(scale * get(x, offset + i) - max);
      lanes[i % LANES] += e;
      set(x, offset + i, Rounding.round(dtype, e));
    }
    return fold(lanes);
  }

  @Override
  public void rmsNorm(DType dtype, Row x, MemorySegment weight, float eps, Row y) {
    float factor = reciprocalRoot(sums.squares(x) / x.count() + eps);
    for (int i = 0; i < x.count(); i++) {
      float normed = Rounding.round(dtype, x.at(i) * factor);
      y.set(i, Rounding.round(dtype, get(weight, i) * normed));
    }
  }

  @Override
  public void layerNorm(
      DType dtype, Row x, MemorySegment weight, MemorySegment bias, float eps, Row y) {
    Moments m = sums.moments(x);
    float factor = reciprocalRoot(m.variance() + eps);
    float shift = -factor * m.mean();
    for (int i = 0; i < x.count(); i++) {
      float v = x.at(i);
      float normed = dtype == DType.F32 ? (v - m.mean()) * factor : Math.fma(v, factor, shift);
      y.set(i, Rounding.round(dtype, Math.fma(normed, get(weight, i), get(bias, i))));
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

  /** Summed in the 16 lanes of {@link RowKernels}. */
  private static final class LaneSums implements NormSums {

    @Override
    public Moments moments(Row x) {
      float[] lanes = new float[LANES];
      for (int i = 0; i < x.count(); i++) {
        lanes[i % LANES] += x.at(i);
      }
      float mean = fold(lanes) / x.count();
      return new Moments(mean, squares(x, mean) / x.count());
    }

    @Override
    public float squares(Row x) {
      return squares(x, 0);
    }

    private static float squares(Row x, float mean) {
      float[] lanes = new float[LANES];
      for (int i = 0; i < x.count(); i++) {
        float d = x.at(i) - mean;
        lanes[i % LANES] += d * d;
      }
      return fold(lanes);
    }
  }

  @Override
  public void rotateHalf(DType products, DType result, Row x, Row cos, Row sin) {
    int h = x.count() / 2;
    for (int i = 0; i < h; i++) {
      float low = x.at(i);
      float high = x.at(h + i);
      float lowCos = Rounding.round(products, low * cos.at(i));
      float lowSin = Rounding.round(products, -high * sin.at(i));
      float highCos = Rounding.round(products, high * cos.at(h + i));
      float highSin = Rounding.round(products, low * sin.at(h + i));
      x.set(i, Rounding.round(result, lowCos + lowSin));
      x.set(h + i, Rounding.round(result, highCos + highSin));
    }
  }

  /** 1 / sqrt(v), both operations correctly rounded. */
  static float reciprocalRoot(float v) {
    return 1f / (float) Math.sqrt(v);
  }

  /** The fixed end of every sum along a row. Overwrites {@code lanes}. */
  static float fold(float[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}

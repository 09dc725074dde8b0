package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.UnaryFunction;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;

/** The specification: every kernel as plainly as it can be written. */
public final class ScalarKernels implements Kernels {

  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public int matmulScratch() {
    return 0;
  }

  @Override
  public void matmul(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int firstPanel,
      int lastPanel,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      float[] scratch) {
    float[] chains = new float[LANES];
    for (int panel = firstPanel; panel < lastPanel; panel++) {
      int lanes = Math.min(LANES, w.outputs() - panel * LANES);
      for (int r = 0; r < rows; r++) {
        long out = cOffset + r * cStride + (long) panel * LANES;
        for (int lane = 0; lane < lanes; lane++) {
          chains[lane] = accumulate ? get(c, out + lane) : 0f;
        }
        for (int k = 0; k < w.depth(); k++) {
          float x = get(a, aOffset + r * aStride + k);
          for (int lane = 0; lane < lanes; lane++) {
            chains[lane] = Math.fma(weight(w, panel, k, lane), x, chains[lane]);
          }
        }
        for (int lane = 0; lane < lanes; lane++) {
          set(c, out + lane, chains[lane]);
        }
      }
    }
  }

  static float weight(PanelMatrix w, int panel, int k, int lane) {
    long at = w.panelOffset(panel) + lane * 4L;
    long half = at + (k >> 1) * 64L + (k & 1) * 2L;
    return switch (w.dtype()) {
      case F32 -> w.data().get(Tensor.FLOAT, at + k * 64L);
      case BF16 -> Float.intBitsToFloat(w.data().get(Tensor.HALF, half) << 16);
      case F16 -> Float.float16ToFloat(w.data().get(Tensor.HALF, half));
      default -> throw new IllegalArgumentException("weights of type " + w.dtype());
    };
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
  public void rmsNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      float eps,
      MemorySegment y,
      long yOffset,
      int count) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      float v = get(x, xOffset + i);
      lanes[i % LANES] += v * v;
    }
    float factor = reciprocalRoot(fold(lanes) / count + eps);
    for (int i = 0; i < count; i++) {
      float normed = Rounding.round(dtype, get(x, xOffset + i) * factor);
      set(y, yOffset + i, Rounding.round(dtype, get(weight, i) * normed));
    }
  }

  @Override
  public void layerNorm(
      DType dtype,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      MemorySegment bias,
      float eps,
      MemorySegment y,
      long yOffset,
      int count) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      lanes[i % LANES] += get(x, xOffset + i);
    }
    float mean = fold(lanes) / count;
    lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      float d = get(x, xOffset + i) - mean;
      lanes[i % LANES] += d * d;
    }
    float factor = reciprocalRoot(fold(lanes) / count + eps);
    float shift = -factor * mean;
    for (int i = 0; i < count; i++) {
      float v = get(x, xOffset + i);
      float normed = dtype == DType.F32 ? (v - mean) * factor : Math.fma(v, factor, shift);
      set(y, yOffset + i, Rounding.round(dtype, Math.fma(normed, get(weight, i), get(bias, i))));
    }
  }

  @Override
  public void rotateHalf(
      DType products,
      DType result,
      MemorySegment x,
      long xOffset,
      MemorySegment cos,
      MemorySegment sin,
      long tableOffset,
      int count) {
    int h = count / 2;
    for (int i = 0; i < h; i++) {
      float low = get(x, xOffset + i);
      float high = get(x, xOffset + h + i);
      float lowCos = Rounding.round(products, low * get(cos, tableOffset + i));
      float lowSin = Rounding.round(products, -high * get(sin, tableOffset + i));
      float highCos = Rounding.round(products, high * get(cos, tableOffset + h + i));
      float highSin = Rounding.round(products, low * get(sin, tableOffset + h + i));
      set(x, xOffset + i, Rounding.round(result, lowCos + lowSin));
      set(x, xOffset + h + i, Rounding.round(result, highCos + highSin));
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

  static float get(MemorySegment s, long index) {
    return s.get(Tensor.FLOAT, index * 4);
  }

  static void set(MemorySegment s, long index, float value) {
    s.set(Tensor.FLOAT, index * 4, value);
  }
}

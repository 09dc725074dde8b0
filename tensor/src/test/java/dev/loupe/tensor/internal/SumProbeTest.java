package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.SumProbe.Found;
import dev.loupe.tensor.numerics.TensorCore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SumProbeTest {
  private static final int ROWS = 9;
  private static final int OUTPUTS = 37;
  private static final int DEPTH = 61;
  private static final int NAN_ROW = 2;
  private static final int INFINITE_OUTPUT = 20;

  /** Numbers whose sums pass 65,520 now and then; a row has NaN, an output an infinite weight. */
  private static float[] operand(SplittableRandom random, int rows, int bad, float badValue) {
    float[] x = new float[rows * DEPTH];
    for (int i = 0; i < x.length; i++) {
      x[i] = HalfFormat.FLOAT16.round((float) (random.nextGaussian() * 75));
    }
    x[bad * DEPTH + 5] = badValue;
    return x;
  }

  private static boolean isFinite(float[] x, int row) {
    for (int k = 0; k < DEPTH; k++) {
      if (!Float.isFinite(x[row * DEPTH + k])) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @EnumSource(TensorCore.class)
  void findsWhatAPlainLoopFindsAndChangesNoBit(TensorCore core) {
    SplittableRandom random = new SplittableRandom(11);
    float[] a = operand(random, ROWS, NAN_ROW, Float.NaN);
    float[] w = operand(random, OUTPUTS, INFINITE_OUTPUT, Float.POSITIVE_INFINITY);
    float[] bias = new float[OUTPUTS];
    for (int n = 0; n < OUTPUTS; n++) {
      bias[n] = HalfFormat.FLOAT16.round((float) random.nextGaussian());
    }
    List<Found> found = new ArrayList<>();
    long[] count = {0};
    try (Arena arena = Arena.ofConfined()) {
      PanelMatrix packed = PanelMatrix.allocate(arena, DType.F16, OUTPUTS, DEPTH);
      packed.packPanels(Tensor.ofFloats(arena, w, OUTPUTS, DEPTH), DType.F16, 0, packed.panels());
      Products plain = new TensorCoreProducts(core, HalfFormat.FLOAT16, DType.F16);
      SumProbe probe =
          new SumProbe(
              plain,
              core,
              (first, sums) -> {
                found.add(first);
                count[0] += sums;
              });
      Epilogue epilogue = new Epilogue(DType.F16, Optional.of(MemorySegment.ofArray(bias)));
      float[] expected = linear(plain, a, packed, epilogue, arena);
      assertThat(linear(probe, a, packed, epilogue, arena)).isEqualTo(expected);
    }

    Found first = null;
    long overflows = 0;
    TensorCoreStep half = new TensorCoreStep(core, HalfFormat.FLOAT16, DType.F16);
    TensorCoreStep single = new TensorCoreStep(core, HalfFormat.FLOAT16, DType.F32);
    for (int r = 0; r < ROWS; r++) {
      for (int n = 0; n < OUTPUTS; n++) {
        if (!isFinite(a, r) || !isFinite(w, n)) {
          continue;
        }
        float[] x = Arrays.copyOfRange(a, r * DEPTH, (r + 1) * DEPTH);
        float[] y = Arrays.copyOfRange(w, n * DEPTH, (n + 1) * DEPTH);
        float sum = 0;
        float before = 0;
        float float32 = 0;
        int at = -1;
        for (int k = 0; k < DEPTH; k += core.terms()) {
          int terms = Math.min(core.terms(), DEPTH - k);
          float next = half.of(x, y, k, terms, sum);
          if (at < 0 && Float.isInfinite(next)) {
            at = k;
            before = sum;
          }
          sum = next;
          float32 = single.of(x, y, k, terms, float32);
        }
        if (at >= 0) {
          overflows++;
          float rounded = HalfFormat.FLOAT16.round(float32 + bias[n]);
          int last = Math.min(at + core.terms(), DEPTH) - 1;
          if (first == null) {
            first = new Found(r, n, at, last, DEPTH, before, float32, rounded);
          }
        }
      }
    }
    assertThat(overflows).isBetween(2L, ROWS * OUTPUTS / 2L);
    assertThat(count[0]).isEqualTo(overflows);
    assertThat(found).containsExactly(first);
  }

  private static float[] linear(
      Products products, float[] a, PanelMatrix w, Epilogue epilogue, Arena arena) {
    Tensor y = Tensor.allocate(arena, DType.F32, ROWS, OUTPUTS);
    Tensor x = Tensor.ofFloats(arena, a, ROWS, DEPTH);
    products.linear(
        Rows.of(x), w, PanelRange.all(w), Rows.of(y), epilogue, new float[products.scratch()]);
    return y.toFloats();
  }
}

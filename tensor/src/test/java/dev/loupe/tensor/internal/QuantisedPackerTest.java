package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.QuantisedPanels.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How weights become integers of 8 and 4 bits. */
class QuantisedPackerTest {

  /**
   * The bounds are above what ten seeds give, which is of the sum 1.0022 (4 bits) and 1.087 (8
   * bits) at most, of a group 1.05 and 1.75. Nothing is below 1, not even by a rounding: both
   * errors are added in the same way.
   */
  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void theErrorIsNearlyTheLeastThatAnyScaleHas(QuantisedType type) {
    int outputs = 16;
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = normal(arena, outputs, 5 * GROUP, 3);
      PanelMatrix w = packed(arena, source, type);
      double found = 0;
      double least = 0;
      for (int n = 0; n < outputs; n++) {
        for (int group = 0; group < 5; group++) {
          float[] weights = group(source, n, group);
          double error = 0;
          for (int k = 0; k < GROUP; k++) {
            double d = weights[k] - (double) w.weight(n / 16, group * GROUP + k, n % 16);
            error += d * d;
          }
          double best = leastError(weights, type.bits());
          assertThat(error).isBetween(best, best * (type == QuantisedType.INT4 ? 1.1 : 2));
          found += error;
          least += best;
        }
      }
      assertThat(found / least).isBetween(1.0, type == QuantisedType.INT4 ? 1.005 : 1.1);
    }
  }

  /** By trying every scale of either sign that could be good. */
  private static double leastError(float[] weights, int bits) {
    float largest = 0;
    for (float w : weights) {
      largest = Math.max(largest, Math.abs(w));
    }
    int high = (1 << bits - 1) - 1;
    int from = Float.floatToFloat16(largest / (2 * high));
    int to = Float.floatToFloat16(2 * largest / high);
    double least = Double.POSITIVE_INFINITY;
    for (int half = from; half <= to; half++) {
      float scale = Float.float16ToFloat((short) half);
      least = Math.min(least, Math.min(error(weights, scale, high), error(weights, -scale, high)));
    }
    return least;
  }

  private static double error(float[] weights, float scale, int high) {
    double error = 0;
    for (float w : weights) {
      double d = w - Math.clamp(Math.rint(w / scale), -high - 1, high) * scale;
      error += d * d;
    }
    return error;
  }

  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void threadsAndOtherPanelsChangeNoBit(QuantisedType type) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = normal(arena, 16 * 4 + 3, 700, 5);
      PanelMatrix all = packed(arena, source, type);
      PanelMatrix single = PanelMatrix.allocate(arena, type.storage(), all.outputs(), 700);
      for (int panel = single.panels() - 1; panel >= 0; panel--) {
        single.quantisePanels(source, panel, panel + 1);
      }
      assertThat(
              MemorySegment.mismatch(
                  all.data(), 0, all.data().byteSize(), single.data(), 0, single.data().byteSize()))
          .isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void zerosAndWhatFloat16CannotScaleBecomeZero(QuantisedType type) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = Tensor.allocate(arena, DType.F32, 1, 2 * GROUP);
      source.segment().set(Tensor.FLOAT, GROUP * 4L, 0x1p-60f);
      PanelMatrix w = packed(arena, source, type);
      for (int k = 0; k < 2 * GROUP; k++) {
        assertThat(w.weight(0, k, 0)).isZero();
      }
    }
  }

  @Test
  void integersThatAreThereAreFoundAgain() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = Tensor.allocate(arena, DType.F32, 1, GROUP);
      for (int k = 0; k < GROUP; k++) {
        source.segment().set(Tensor.FLOAT, k * 4L, (k % 16 - 8) * 0.0625f);
      }
      PanelMatrix w = packed(arena, source, QuantisedType.INT4);
      for (int k = 0; k < GROUP; k++) {
        assertThat(w.weight(0, k, 0)).isEqualTo((k % 16 - 8) * 0.0625f);
      }
    }
  }

  private static float[] group(Tensor source, int n, int group) {
    float[] weights = new float[GROUP];
    for (int k = 0; k < GROUP; k++) {
      weights[k] = source.getFloat((long) n * source.columnCount() + group * GROUP + k);
    }
    return weights;
  }

  private static PanelMatrix packed(Arena arena, Tensor source, QuantisedType type) {
    PanelMatrix w =
        PanelMatrix.allocate(arena, type.storage(), source.rowCount(), source.columnCount());
    w.quantisePanels(source, 0, w.panels());
    return w;
  }

  private static Tensor normal(Arena arena, int outputs, int depth, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Tensor t = Tensor.allocate(arena, DType.F32, outputs, depth);
    for (long i = 0; i < (long) outputs * depth; i++) {
      t.segment().set(Tensor.FLOAT, i * 4, (float) (random.nextGaussian() * 0.02));
    }
    return t;
  }
}

package dev.loupe.tensor.internal;

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
   * bits) at most, of a group 1.05 and 1.75; in groups of 128 it is less. Nothing is below 1, not
   * even by a rounding: both errors are added in the same way.
   */
  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void theErrorIsNearlyTheLeastThatAnyScaleHas(QuantisedType type) {
    int outputs = 16;
    boolean four = type.bits() == 4;
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = normal(arena, outputs, 5 * type.group(), 3);
      PanelMatrix w = packed(arena, source, type);
      double found = 0;
      double least = 0;
      for (int n = 0; n < outputs; n++) {
        for (int group = 0; group < 5; group++) {
          float[] weights = group(source, n, group, type.group());
          double error = 0;
          for (int k = 0; k < type.group(); k++) {
            double d = weights[k] - (double) w.weight(n / 16, group * type.group() + k, n % 16);
            error += d * d;
          }
          double best = leastError(weights, type.bits());
          assertThat(error).isBetween(best, best * (four ? 1.1 : 2));
          found += error;
          least += best;
        }
      }
      assertThat(found / least).isBetween(1.0, four ? 1.005 : 1.1);
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
      int depth = 2 * type.group();
      Tensor source = Tensor.allocate(arena, DType.F32, 1, depth);
      source.segment().set(Tensor.FLOAT, type.group() * 4L, 0x1p-60f);
      PanelMatrix w = packed(arena, source, type);
      for (int k = 0; k < depth; k++) {
        assertThat(w.weight(0, k, 0)).isZero();
      }
    }
  }

  /** Each group has a scale of its own, and one that is not whole. */
  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void integersThatAreThereAreFoundAgain(QuantisedType type) {
    int low = -1 << type.bits() - 1;
    int depth = 3 * type.group() + 24;
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = Tensor.allocate(arena, DType.F32, 1, depth);
      float[] weights = new float[depth];
      for (int k = 0; k < depth; k++) {
        int within = k % type.group();
        float scale = Math.scalb(0.0625f, k / type.group());
        weights[k] = (within == 0 ? low : (within * 37 & 15) - 8) * scale;
        source.segment().set(Tensor.FLOAT, k * 4L, weights[k]);
      }
      PanelMatrix w = packed(arena, source, type);
      for (int k = 0; k < depth; k++) {
        assertThat(w.weight(0, k, 0)).as("step %d", k).isEqualTo(weights[k]);
      }
    }
  }

  @Test
  void aGroupOf128HasFewerBytes() {
    assertThat(bytes(QuantisedType.INT4)).isEqualTo(1536 * 16 * 4.5 / 8);
    assertThat(bytes(QuantisedType.INT4_BY_128)).isEqualTo(1536 * 16 * 4.125 / 8);
    assertThat(bytes(QuantisedType.INT8)).isEqualTo(1536 * 16 * 8.5 / 8);
    assertThat(bytes(QuantisedType.INT8_BY_128)).isEqualTo(1536 * 16 * 8.125 / 8);
    assertThat(bytes(QuantisedType.INT4_ZEROS_BY_128)).isEqualTo(1536 * 16 * 4.25 / 8);
    for (QuantisedType type : QuantisedType.values()) {
      assertThat(bytes(type)).isEqualTo(1536 * 16 * type.bytes());
    }
  }

  private static double bytes(QuantisedType type) {
    return PanelMatrix.panelBytes(type.storage(), 1536);
  }

  private static float[] group(Tensor source, int n, int group, int size) {
    float[] weights = new float[size];
    for (int k = 0; k < size; k++) {
      weights[k] = source.getFloat((long) n * source.columnCount() + group * size + k);
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

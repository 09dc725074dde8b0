package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Held against the layout as {@link PanelMatrix} describes it, element by element. */
class PanelPackerTest {

  @ParameterizedTest
  @CsvSource({
    "F32, F32, F32",
    "F32, BF16, BF16",
    "F32, F16, F16",
    "F32, F16, F32",
    "BF16, BF16, BF16",
    "BF16, F16, F16",
    "BF16, F16, F32",
    "F16, F16, F16",
    "F16, BF16, BF16",
    "F16, F16, F32"
  })
  void everyElementLiesWhereTheLayoutSaysAndIsRoundedOnce(DType stored, DType value, DType panels) {
    for (int outputs : new int[] {1, 15, 16, 17, 40}) {
      for (int depth : new int[] {1, 2, 3, 127, 128, 255, 256, 257, 513}) {
        check(stored, value, panels, outputs, depth);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void stepsAreReadFromAnyOneToAnyOther(DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      PanelMatrix packed = PanelMatrix.allocate(arena, dtype, 20, 9);
      packed.packPanels(random(arena, dtype, 20, 9), dtype, 0, packed.panels());
      for (int from = 0; from < 9; from++) {
        for (int to = from; to <= 9; to++) {
          float[] steps = new float[(to - from) * 16];
          packed.readSteps(1, from, to, steps);
          for (int k = from; k < to; k++) {
            for (int n = 16; n < 20; n++) {
              assertThat(steps[(k - from) * 16 + n - 16])
                  .as("[%d, %d] of %d to %d", n, k, from, to)
                  .isEqualTo(element(packed, n, k));
            }
          }
        }
      }
    }
  }

  private static void check(DType stored, DType value, DType dtype, int outputs, int depth) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = random(arena, stored, outputs, depth);
      PanelMatrix packed = PanelMatrix.allocate(arena, dtype, outputs, depth);
      packed.packPanels(source, value, 0, packed.panels());
      Tensor row = Tensor.allocate(arena, DType.F32, depth + 1L);
      for (int n = 0; n < outputs; n++) {
        packed.readRow(n, row.segment(), 1);
        for (int k = 0; k < depth; k++) {
          float expected = Rounding.round(value, source.getFloat((long) n * depth + k));
          assertThat(element(packed, n, k)).as("[%d, %d]", n, k).isEqualTo(expected);
          assertThat(row.getFloat(k + 1L)).isEqualTo(expected);
        }
      }
    }
  }

  private static float element(PanelMatrix m, int n, int k) {
    long panel = m.panelOffset(n / 16);
    if (m.dtype() == DType.F32) {
      return m.data().get(Tensor.FLOAT, panel + (k * 16L + n % 16) * 4);
    }
    int word = m.data().get(Tensor.INT, panel + (k / 2 * 16L + n % 16) * 4);
    short half = (short) (k % 2 == 0 ? word : word >>> 16);
    return m.dtype() == DType.BF16 ? Float.intBitsToFloat(half << 16) : Float.float16ToFloat(half);
  }

  private static Tensor random(Arena arena, DType dtype, int rows, int columns) {
    Random random = new Random(7);
    Tensor t = Tensor.allocate(arena, dtype, rows, columns);
    for (long i = 0; i < t.shape().elements(); i++) {
      // Some beyond the range of float16, some below its smallest normal number.
      float x = (float) random.nextGaussian() * (i % 7 == 0 ? 1e5f : i % 5 == 0 ? 1e-7f : 1);
      switch (dtype) {
        case F32 -> t.segment().set(Tensor.FLOAT, i * 4, x);
        case BF16 -> t.segment().set(Tensor.HALF, i * 2, (short) (Float.floatToIntBits(x) >> 16));
        default -> t.segment().set(Tensor.HALF, i * 2, Float.floatToFloat16(x));
      }
    }
    return t;
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BF16", "F16"})
  void roundingInBlocksIsRoundingOneByOne(DType dtype) {
    // Every sign, exponent and upper half of a fraction, with the lower halves that decide ties.
    int[] lower = {0, 1, 0x0fff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001, 0xffff};
    float[] values = new float[lower.length];
    for (int upper = 0; upper < 1 << 16; upper++) {
      for (int i = 0; i < lower.length; i++) {
        values[i] = Float.intBitsToFloat(upper << 16 | lower[i]);
      }
      WeightBlocks.round(dtype, values, values.length);
      for (int i = 0; i < lower.length; i++) {
        float expected = Rounding.round(dtype, Float.intBitsToFloat(upper << 16 | lower[i]));
        if (Float.floatToIntBits(values[i]) != Float.floatToIntBits(expected)) {
          assertThat(values[i]).as("%04x%04x", upper, lower[i]).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void theUnusedLanesOfTheLastPanelAreZeroSoThatPackedBytesDoNotDependOnTheThreads() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor source = random(arena, DType.BF16, 20, 6);
      PanelMatrix packed = PanelMatrix.allocate(arena, DType.BF16, 20, 6);
      packed.data().fill((byte) -1);
      packed.packPanels(source, DType.BF16, 0, 2);
      assertThat(packed.data().get(Tensor.INT, packed.panelOffset(1) + 4 * 4)).isZero();
      assertThat(source.shape()).isEqualTo(Shape.of(20, 6));
    }
  }
}

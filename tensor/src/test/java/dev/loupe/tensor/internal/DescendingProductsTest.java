package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each output is one chain of fused multiply-adds from the last term to the first. */
class DescendingProductsTest {
  private static final int PADDING = 3;

  private final Products products = new DescendingProducts(KernelsProvider.best().products());
  private final Random random = new Random(17);

  private Tensor numbers(Arena arena, DType type, int rows, int columns) {
    Tensor t = Tensor.allocate(arena, type, rows, columns);
    for (int i = 0; i < rows * columns; i++) {
      float v = Rounding.round(type, (float) random.nextGaussian());
      switch (type) {
        case F32 -> t.segment().set(Tensor.FLOAT, i * 4L, v);
        case BF16 -> t.segment().set(Tensor.HALF, i * 2L, (short) (Float.floatToIntBits(v) >> 16));
        default -> t.segment().set(Tensor.HALF, i * 2L, Float.floatToFloat16(v));
      }
    }
    return t;
  }

  /** The bias of a panel that is not the first belongs to its own outputs. */
  @Test
  void aLinearLayerAddsTheBiasOnceAndRounds() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = numbers(arena, DType.F32, 3, 21);
      Tensor stored = numbers(arena, DType.BF16, 170, 21);
      PanelMatrix w = PanelMatrix.allocate(arena, DType.BF16, 170, 21);
      w.packPanels(stored, DType.BF16, 0, w.panels());
      Tensor bias = numbers(arena, DType.F32, 1, 170);
      Tensor sums = Tensor.allocate(arena, DType.F32, 3, 170);
      Tensor y = Tensor.allocate(arena, DType.F32, 3, 170);
      float[] scratch = new float[products.scratch()];
      PanelRange panels = PanelRange.all(w);
      Epilogue epilogue = new Epilogue(DType.F16, Optional.of(bias.segment()));
      products.multiply(Rows.of(x), w, panels, Rows.of(sums), false, scratch);
      products.linear(Rows.of(x), w, panels, Rows.of(y), epilogue, scratch);
      for (int i = 0; i < 3 * 170; i++) {
        float expected = Rounding.round(DType.F16, sums.getFloat(i) + bias.getFloat(i % 170));
        assertThat(y.getFloat(i)).as("row %d output %d", i / 170, i % 170).isEqualTo(expected);
      }
    }
  }

  /** More rows than are copied at once, panels that end in the middle, odd depths. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 16, 0", "3, 70, 33", "5, 100, 64", "259, 90, 21", "530, 16, 5"})
  void addTheTermsOfAProductFromTheLastToTheFirst(int rows, int outputs, int depth) {
    for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
      for (boolean accumulate : new boolean[] {false, true}) {
        try (Arena arena = Arena.ofConfined()) {
          Tensor a = numbers(arena, DType.F32, rows, depth + PADDING);
          Tensor stored = numbers(arena, type, outputs, depth);
          PanelMatrix w = PanelMatrix.allocate(arena, type, outputs, depth);
          w.packPanels(stored, type, 0, w.panels());
          Tensor c = numbers(arena, DType.F32, rows, outputs + PADDING);
          float[] before = c.toFloats();
          float[] scratch = new float[products.scratch()];
          int first = w.panels() > 1 ? 1 : 0;
          products.multiply(
              new Rows(a.segment(), 1, depth + PADDING, rows),
              w,
              new PanelRange(first, w.panels()),
              new Rows(c.segment(), 2, outputs + PADDING, rows),
              accumulate,
              scratch);
          for (int r = 0; r < rows; r++) {
            for (int n = 0; n < outputs; n++) {
              int at = 2 + r * (outputs + PADDING) + n;
              float sum = accumulate ? before[at] : 0f;
              for (int k = depth - 1; k >= 0; k--) {
                float x = a.getFloat(1 + (long) r * (depth + PADDING) + k);
                sum = Math.fma(stored.getFloat((long) n * depth + k), x, sum);
              }
              float expected = n < first * PanelMatrix.LANES ? before[at] : sum;
              assertThat(c.getFloat(at)).as("%s row %d output %d", type, r, n).isEqualTo(expected);
            }
          }
        }
      }
    }
  }
}

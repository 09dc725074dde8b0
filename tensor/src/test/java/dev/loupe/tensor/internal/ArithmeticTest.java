package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The order of additions decides which products and which moments a run has. */
class ArithmeticTest {

  private static final NumericsProfile FLOAT16 = NumericsProfile.FLOAT16_EAGER;

  static Stream<Arithmetic> arithmetics() {
    return Stream.of(KernelsProvider.scalar(), KernelsProvider.best());
  }

  @ParameterizedTest
  @MethodSource("arithmetics")
  void loupesOwnOrderChangesNothing(Arithmetic own) {
    assertThat(own.with(FLOAT16.with(Accumulation.SEQUENTIAL_FMA))).isSameAs(own);
  }

  /** 1 + 2^24 - 2^24 is 0 from the first term on, and 1 from the last. */
  @ParameterizedTest
  @MethodSource("arithmetics")
  void descendingProductsAddTheLastTermFirst(Arithmetic own) {
    float[] terms = {1, 0x1p24f, -0x1p24f};
    assertThat(sum(own, terms)).isEqualTo(0);
    assertThat(sum(own.with(FLOAT16.with(Accumulation.DESCENDING)), terms)).isEqualTo(1);
    assertThat(own.with(FLOAT16.with(Accumulation.DESCENDING)).rows()).isSameAs(own.rows());
  }

  /** Term k goes to partial sum k mod 64, so the first and the 65th cancel before the second. */
  @ParameterizedTest
  @MethodSource("arithmetics")
  void pyTorchsProductsAddInInterleavedPartialSums(Arithmetic own) {
    float[] terms = new float[128];
    terms[0] = 0x1p24f;
    terms[1] = 1;
    terms[64] = -0x1p24f;
    assertThat(sum(own, terms)).isEqualTo(0);
    assertThat(sum(own.with(FLOAT16.with(Accumulation.TORCH_CPU)), terms)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("arithmetics")
  void pyTorchsProductsRefuseToGoOnFromASum(Arithmetic own) {
    Products products = own.with(FLOAT16.with(Accumulation.TORCH_CPU)).products();
    try (Arena arena = Arena.ofConfined()) {
      Rows one = Rows.of(Tensor.ofFloats(arena, new float[] {1}, 1, 1));
      PanelMatrix w = PanelMatrix.allocate(arena, DType.F32, 1, 1);
      assertThatThrownBy(() -> products.weightedSum(one, w, one, true, new float[0]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a sum from +0");
    }
  }

  @ParameterizedTest
  @MethodSource("arithmetics")
  void onlyPyTorchsOrderChangesTheMomentsOfLayerNorm(Arithmetic own) {
    float[] row = new float[100];
    for (int i = 0; i < row.length; i++) {
      row[i] = 10_000 + i * 7919 % 101 * 0.37f;
    }
    float[] loupes = normed(own, row);
    assertThat(normed(own.with(FLOAT16.with(Accumulation.DESCENDING)), row))
        .containsExactly(loupes);
    assertThat(normed(own.with(FLOAT16.with(Accumulation.TORCH_CPU)), row))
        .containsExactly(normedBy(own, row, new TorchCpuNormSums()))
        .isNotEqualTo(loupes);
  }

  @ParameterizedTest
  @MethodSource("arithmetics")
  void layerNormTakesMeanAndVarianceFromTheRule(Arithmetic own) {
    float[] row = {5, 8, -1, 2};
    assertThat(normedBy(own, row, new Fixed())).containsExactly(1, 2, -1, 0);
  }

  /** The same sums for every row. */
  private static final class Fixed implements NormSums {
    @Override
    public Moments moments(Row x) {
      return new Moments(2, 9);
    }

    @Override
    public float squares(Row x) {
      return 1;
    }
  }

  private static float sum(Arithmetic arithmetic, float[] terms) {
    Products products = arithmetic.products();
    try (Arena arena = Arena.ofConfined()) {
      float[] ones = new float[terms.length];
      Arrays.fill(ones, 1);
      Tensor weights = Tensor.ofFloats(arena, ones, 1, terms.length);
      PanelMatrix w = PanelMatrix.allocate(arena, DType.F32, 1, terms.length);
      w.packPanels(weights, DType.F32, 0, 1);
      Tensor y = Tensor.allocate(arena, DType.F32, 1, 1);
      Rows x = Rows.of(Tensor.ofFloats(arena, terms, 1, terms.length));
      float[] scratch = new float[products.scratch()];
      products.multiply(x, w, PanelRange.all(w), Rows.of(y), false, scratch);
      return y.getFloat(0);
    }
  }

  private static float[] normedBy(Arithmetic arithmetic, float[] row, NormSums rule) {
    return normed(arithmetic.rows().with(rule), row);
  }

  private static float[] normed(Arithmetic arithmetic, float[] row) {
    return normed(arithmetic.rows(), row);
  }

  private static float[] normed(RowKernels kernels, float[] row) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.ofFloats(arena, row, 1, row.length);
      float[] ones = new float[row.length];
      Arrays.fill(ones, 1);
      Tensor weight = Tensor.ofFloats(arena, ones, row.length);
      Tensor bias = Tensor.allocate(arena, DType.F32, row.length);
      Row r = Row.of(x, 0);
      kernels.layerNorm(DType.F32, r, weight.segment(), bias.segment(), 0, r);
      return x.toFloats();
    }
  }
}

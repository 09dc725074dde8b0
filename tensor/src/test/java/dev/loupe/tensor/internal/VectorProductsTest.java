package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.KernelNumbers.bits;
import static dev.loupe.tensor.internal.KernelNumbers.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with vectors have the bits of the specification, NaN counting as one value. */
class VectorProductsTest {
  private static final List<DType> DTYPES = List.of(DType.F32, DType.BF16, DType.F16);

  private final Products sequential = new SequentialProducts();
  private Products vector;

  @BeforeEach
  void requireVectors() {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs --add-modules jdk.incubator.vector");
    vector = KernelsProvider.best().products();
  }

  record Product(int rows, int outputs, int depth) {}

  static Stream<Product> products() {
    return Stream.of(
        new Product(0, 16, 4),
        new Product(1, 1, 1),
        new Product(1, 16, 0),
        new Product(1, 15, 7),
        new Product(1, 64, 33),
        new Product(2, 65, 8),
        new Product(3, 80, 5),
        new Product(4, 17, 9),
        new Product(5, 128, 31),
        new Product(7, 63, 2),
        new Product(9, 81, 40),
        new Product(17, 144, 1025),
        new Product(6, 48, 2050),
        // Four panels of float32, then of 16 bits, are too many for the second cache.
        new Product(7, 80, 2600),
        new Product(8, 53, 5201));
  }

  /**
   * Every height of a tile that is generated, and heights at which rows are cut into unequal ones;
   * outputs that need the wide and the single panel and the edge, even and odd depths.
   */
  static Stream<Product> tiles() {
    return IntStream.rangeClosed(1, 26)
        .boxed()
        .flatMap(rows ->
            Stream.of(
                new Product(rows, 16 * 7 + rows % 16, 8 + rows % 4),
                new Product(rows, 16 * 6, 4),
                new Product(rows, 3, 3)));
  }

  /**
   * Rows that just do not go in blocks, that go in whole ones, and that leave the longest rest;
   * panels so deep that only four of float32 stay in the cache, and the edge in the second group.
   */
  static Stream<Product> blocks() {
    return Stream.of(47, 48, 71, 72).map(rows -> new Product(rows, 16 * 5 + 3, 2500));
  }

  @ParameterizedTest
  @MethodSource({"products", "tiles", "blocks"})
  void productsAgree(Product p) {
    for (DType type : DTYPES) {
      for (long seed = 0; seed < 3; seed++) {
        assertSameProduct(p, type, seed, false);
        assertSameProduct(p, type, seed, true);
      }
    }
  }

  @ParameterizedTest
  @MethodSource({"products", "tiles", "blocks"})
  void linearLayersAgree(Product p) {
    for (DType rounding : DTYPES) {
      assertSameLayer(p, rounding, true);
      assertSameLayer(p, rounding, false);
    }
  }

  /** Of all panels but the first, where there are more. */
  private void assertSameLayer(Product p, DType rounding, boolean withBias) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = numbers(arena, p.rows * p.depth, 4);
      PanelMatrix w = panels(arena, p, DType.BF16, 5);
      Tensor b = numbers(arena, p.outputs, 6);
      Optional<MemorySegment> bias = withBias ? Optional.of(b.segment()) : Optional.empty();
      int first = w.panels() > 1 ? 1 : 0;
      Tensor expected = numbers(arena, p.rows * p.outputs, 7);
      Tensor actual = numbers(arena, p.rows * p.outputs, 7);
      linear(sequential, rounding, x, p, w, bias, first, expected);
      linear(vector, rounding, x, p, w, bias, first, actual);
      assertThat(bits(actual))
          .as("%s to %s, bias %s", p, rounding, withBias)
          .containsExactly(bits(expected));
    }
  }

  private static void linear(
      Products k,
      DType rounding,
      Tensor x,
      Product p,
      PanelMatrix w,
      Optional<MemorySegment> bias,
      int first,
      Tensor y) {
    k.linear(
        new Rows(x.segment(), 0, p.depth, p.rows),
        w,
        new PanelRange(first, w.panels()),
        new Rows(y.segment(), 0, p.outputs, p.rows),
        new Epilogue(rounding, bias),
        new float[k.scratch()]);
  }

  private void assertSameProduct(Product p, DType type, long seed, boolean accumulate) {
    try (Arena arena = Arena.ofConfined()) {
      int stride = p.outputs + 5;
      Tensor a = numbers(arena, p.rows * (p.depth + 2) + 1, seed);
      PanelMatrix w = panels(arena, p, type, seed);
      Tensor expected = numbers(arena, p.rows * stride + 2, seed + 3);
      Tensor actual = numbers(arena, p.rows * stride + 2, seed + 3);
      multiply(sequential, a, w, p, expected, stride, accumulate);
      multiply(vector, a, w, p, actual, stride, accumulate);
      assertThat(bits(actual))
          .as("%s %s seed %d accumulate %s", p, type, seed, accumulate)
          .containsExactly(bits(expected));
    }
  }

  private static void multiply(
      Products k, Tensor a, PanelMatrix w, Product p, Tensor c, int stride, boolean accumulate) {
    k.multiply(
        new Rows(a.segment(), 1, p.depth + 2, p.rows),
        w,
        PanelRange.all(w),
        new Rows(c.segment(), 2, stride, p.rows),
        accumulate,
        new float[k.scratch()]);
  }

  private static PanelMatrix panels(Arena arena, Product p, DType type, long seed) {
    Tensor w = Tensor.allocate(arena, type, p.outputs, p.depth);
    Tensor values = numbers(arena, p.outputs * p.depth, 2 * seed);
    for (int i = 0; i < p.outputs * p.depth; i++) {
      float v = Rounding.round(type, values.getFloat(i) / 64);
      switch (type) {
        case F32 -> w.segment().set(Tensor.FLOAT, i * 4L, v);
        case BF16 ->
            w.segment().set(Tensor.HALF, i * 2L, (short) (Float.floatToRawIntBits(v) >> 16));
        default -> w.segment().set(Tensor.HALF, i * 2L, Float.floatToFloat16(v));
      }
    }
    PanelMatrix packed = PanelMatrix.allocate(arena, type, p.outputs, p.depth);
    packed.packPanels(w, type, 0, packed.panels());
    return packed;
  }
}

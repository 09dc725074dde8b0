package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The two kinds of kernels agree in every bit, NaN counting as one value. Sizes run from nothing to
 * past two vectors of 16 lanes, offsets are odd, and the numbers include infinities, NaN, both
 * zeros and subnormals.
 */
class VectorKernelsTest {
  private static final int OFFSET = 3;
  private static final List<DType> DTYPES = List.of(DType.F32, DType.BF16, DType.F16);
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -0x1p-25f,
    0x1.8p-25f,
    65519.99f,
    65520f,
    -65504f,
    3.4e38f,
    88.8f,
    -104f
  };

  private Kernels vector;
  private final Kernels scalar = new ScalarKernels();

  @BeforeEach
  void requireVectors() {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs --add-modules jdk.incubator.vector");
    vector = KernelsProvider.best();
  }

  static IntStream sizes() {
    return IntStream.concat(IntStream.rangeClosed(0, 35), IntStream.of(63, 64, 65, 100));
  }

  /** Finite numbers of every size for even seeds; the special ones mixed in for odd seeds. */
  private static Tensor numbers(Arena arena, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float ordinary = (float) random.nextDouble(-4, 4) * (1 << random.nextInt(6));
      boolean special = seed % 2 == 1 && random.nextInt(5) == 0;
      values[i] = special ? SPECIAL[random.nextInt(SPECIAL.length)] : ordinary;
    }
    return Tensor.ofFloats(arena, values, count);
  }

  private interface Use {
    void on(Kernels kernels, MemorySegment x);
  }

  private void assertSameBits(int size, long seed, String what, Use use) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor expected = numbers(arena, size + 2 * OFFSET, seed);
      Tensor actual = numbers(arena, size + 2 * OFFSET, seed);
      use.on(scalar, expected.segment());
      use.on(vector, actual.segment());
      assertThat(bits(actual)).as(what).containsExactly(bits(expected));
    }
  }

  private static int[] bits(Tensor t) {
    float[] floats = t.toFloats();
    return IntStream.range(0, floats.length).map(i -> Float.floatToIntBits(floats[i])).toArray();
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void elementwiseOperationsAgree(int size) {
    try (Arena arena = Arena.ofConfined()) {
      for (long seed = 0; seed < 4; seed++) {
        MemorySegment y = numbers(arena, size + OFFSET, seed + 1).segment();
        for (DType d : DTYPES) {
          String what = d + ", " + size + " elements, seed " + seed;
          assertSameBits(size, seed, "round " + what, (k, x) -> k.round(d, x, OFFSET, size));
          assertSameBits(size, seed, "add " + what, (k, x) -> k.add(d, x, OFFSET, y, 1, size));
          assertSameBits(
              size, seed, "multiply " + what, (k, x) -> k.multiply(d, x, OFFSET, y, 1, size));
          assertSameBits(
              size, seed, "scale " + what, (k, x) -> k.scale(d, x, OFFSET, size, 0.0883883f));
          assertSameBits(
              size, seed, "divide " + what, (k, x) -> k.divide(d, x, OFFSET, size, 11.3137f));
          assertSameBits(
              size, seed, "mask " + what, (k, x) -> k.addConstant(d, x, OFFSET, size, -65504f));
          assertSameBits(size, seed, "zero " + what, (k, x) -> k.zeroInfinities(x, OFFSET, size));
          assertSameBits(size, seed, "clamp " + what, (k, x) -> k.clamp(x, OFFSET, size, 2f));
          assertSameBits(size, seed, "silu " + what, (k, x) -> k.silu(d, x, OFFSET, size));
          assertSameBits(
              size, seed, "quickGelu " + what, (k, x) -> k.quickGelu(d, x, OFFSET, size));
          assertSameBits(size, seed, "gelu " + what, (k, x) -> k.gelu(d, x, OFFSET, size));
        }
      }
    }
  }

  /** The seeds with special numbers have NaN and infinities in some vectors and not in others. */
  @ParameterizedTest
  @MethodSource("sizes")
  void statisticsAgree(int size) {
    try (Arena arena = Arena.ofConfined()) {
      for (long seed = 0; seed < 8; seed++) {
        Tensor x = numbers(arena, size + OFFSET, seed);
        int[] before = bits(x);
        for (DType d : DTYPES) {
          assertThat(vector.statistics(d, x.segment(), OFFSET, size))
              .as("%s, %d elements, seed %d", d, size, seed)
              .isEqualTo(scalar.statistics(d, x.segment(), OFFSET, size));
        }
        assertThat(bits(x)).containsExactly(before);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void rowOperationsAgree(int size) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment weight = numbers(arena, size, 6).segment();
      MemorySegment bias = numbers(arena, size, 8).segment();
      for (long seed = 0; seed < 6; seed++) {
        for (DType d : DTYPES) {
          String what = d + ", " + size + " elements, seed " + seed;
          assertSameBits(
              size,
              seed,
              "exponentials " + what,
              (k, x) -> x.set(Tensor.FLOAT, 0, k.exponentials(d, x, OFFSET, size, 0.1f)));
          assertSameBits(size, seed, "softmax " + what, (k, x) -> k.softmax(d, x, OFFSET, size));
          assertSameBits(
              size,
              seed,
              "rmsNorm " + what,
              (k, x) -> k.rmsNorm(d, x, OFFSET, weight, 1e-6f, x, OFFSET, size));
          assertSameBits(
              size,
              seed,
              "layerNorm " + what,
              (k, x) -> k.layerNorm(d, x, OFFSET, weight, bias, 1e-6f, x, OFFSET, size));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void turningAHeadAgrees(int half) {
    int size = 2 * half;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment cos = numbers(arena, size + 1, 10).segment();
      MemorySegment sin = numbers(arena, size + 1, 12).segment();
      for (long seed = 0; seed < 4; seed++) {
        for (DType d : DTYPES) {
          for (DType products : List.of(DType.F32, d)) {
            assertSameBits(
                size,
                seed,
                "rotateHalf " + products + " " + d + " " + size,
                (k, x) -> k.rotateHalf(products, d, x, OFFSET, cos, sin, 1, size));
          }
        }
      }
    }
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
      linear(scalar, rounding, x, p, w, bias, first, expected);
      linear(vector, rounding, x, p, w, bias, first, actual);
      assertThat(bits(actual))
          .as("%s to %s, bias %s", p, rounding, withBias)
          .containsExactly(bits(expected));
    }
  }

  private static void linear(
      Kernels k,
      DType rounding,
      Tensor x,
      Product p,
      PanelMatrix w,
      Optional<MemorySegment> bias,
      int first,
      Tensor y) {
    float[] scratch = new float[k.matmulScratch()];
    k.linear(rounding, x.segment(), p.rows, w, bias, first, w.panels(), y.segment(), scratch);
  }

  private void assertSameProduct(Product p, DType type, long seed, boolean accumulate) {
    try (Arena arena = Arena.ofConfined()) {
      int stride = p.outputs + 5;
      Tensor a = numbers(arena, p.rows * (p.depth + 2) + 1, seed);
      PanelMatrix w = panels(arena, p, type, seed);
      Tensor expected = numbers(arena, p.rows * stride + 2, seed + 3);
      Tensor actual = numbers(arena, p.rows * stride + 2, seed + 3);
      multiply(scalar, arena, a, w, p, expected, stride, accumulate);
      multiply(vector, arena, a, w, p, actual, stride, accumulate);
      assertThat(bits(actual))
          .as("%s %s seed %d accumulate %s", p, type, seed, accumulate)
          .containsExactly(bits(expected));
    }
  }

  private static void multiply(
      Kernels k,
      Arena arena,
      Tensor a,
      PanelMatrix w,
      Product p,
      Tensor c,
      int stride,
      boolean accumulate) {
    float[] scratch = new float[k.matmulScratch()];
    k.matmul(
        a.segment(),
        1,
        p.depth + 2,
        p.rows,
        w,
        0,
        w.panels(),
        c.segment(),
        2,
        stride,
        accumulate,
        scratch);
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
    IntStream.range(0, packed.panels()).forEach(panel -> packed.packPanel(w, type, panel));
    return packed;
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void allSixteenBitPatternsRoundToThemselves(DType type) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.allocate(arena, DType.F32, 1 << 16);
      for (int i = 0; i < 1 << 16; i++) {
        float v =
            type == DType.BF16 ? Float.intBitsToFloat(i << 16) : Float.float16ToFloat((short) i);
        x.segment().set(Tensor.FLOAT, i * 4L, v);
      }
      int[] before = bits(x);
      vector.round(type, x.segment(), 0, 1 << 16);
      assertThat(bits(x)).containsExactly(before);
    }
  }
}

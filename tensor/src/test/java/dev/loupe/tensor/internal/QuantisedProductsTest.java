package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.KernelNumbers.bits;
import static dev.loupe.tensor.internal.KernelNumbers.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with weights of 8 and 4 bits: with vectors they have the bits of the specification. */
class QuantisedProductsTest {
  private final Products sequential = new SequentialProducts();

  private static Products vectors() {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs --add-modules jdk.incubator.vector");
    return KernelsProvider.best().products();
  }

  record Product(int rows, int outputs, int depth) {}

  /**
   * Every height of a tile, and heights that are several tiles or expand the panels; four panels,
   * single ones and the edge; depths with and without whole blocks and groups.
   */
  static Stream<Product> products() {
    return Stream.concat(
        IntStream.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 50)
            .boxed()
            .flatMap(rows ->
                Stream.of(
                    new Product(rows, 16 * 7 + rows % 16, 64 * 3),
                    new Product(rows, 16 * 5, 64 + 32 + rows % 32),
                    new Product(rows, 16 * 2 + 3, 256 + 128 + 32 + rows % 32),
                    new Product(rows, 5, 7))),
        Stream.of(
            new Product(0, 16, 64),
            new Product(1, 16, 0),
            new Product(9, 80, 0),
            new Product(1, 80, 2600),
            new Product(10, 53, 2600)));
  }

  @ParameterizedTest
  @MethodSource("products")
  void vectorsHaveTheBitsOfTheSpecification(Product p) {
    Products vectors = vectors();
    for (QuantisedType type : QuantisedType.values()) {
      for (long seed = 0; seed < 2; seed++) {
        try (Arena arena = Arena.ofConfined()) {
          PanelMatrix w = quantised(arena, type, p.outputs, p.depth, seed);
          Tensor x = numbers(arena, p.rows * p.depth, seed);
          Tensor bias = numbers(arena, p.outputs, 6);
          assertThat(bits(linear(arena, vectors, x, p, w, bias)))
              .as("%s %s seed %d", p, type, seed)
              .containsExactly(bits(linear(arena, sequential, x, p, w, bias)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void aProductMayGoOnFromAnother(QuantisedType type) {
    Products vectors = vectors();
    try (Arena arena = Arena.ofConfined()) {
      for (int rows : new int[] {1, 3, 12}) {
        PanelMatrix w = quantised(arena, type, 70, 200, 4);
        Tensor x = numbers(arena, rows * 200, 8);
        Tensor expected = numbers(arena, rows * 70, 10);
        Tensor actual = numbers(arena, rows * 70, 10);
        multiply(sequential, x, w, expected, rows);
        multiply(vectors, x, w, actual, rows);
        assertThat(bits(actual)).as("%d rows", rows).containsExactly(bits(expected));
      }
    }
  }

  private static void multiply(Products k, Tensor x, PanelMatrix w, Tensor y, int rows) {
    Rows a = new Rows(x.segment(), 0, w.depth(), rows);
    Rows c = new Rows(y.segment(), 0, w.outputs(), rows);
    k.multiply(a, w, PanelRange.all(w), c, true, new float[k.scratch()]);
  }

  @ParameterizedTest
  @EnumSource(QuantisedType.class)
  void aRowHasTheSameBitsAloneAndAmongMany(QuantisedType type) {
    Products vectors = vectors();
    try (Arena arena = Arena.ofConfined()) {
      int rows = 60;
      PanelMatrix w = quantised(arena, type, 100, 320, 2);
      Tensor x = numbers(arena, rows * 320, 2);
      Tensor bias = numbers(arena, 100, 6);
      int[] together = bits(linear(arena, vectors, x, new Product(rows, 100, 320), w, bias));
      for (int r = 0; r < rows; r += 7) {
        Tensor row = Tensor.ofFloats(arena, x.toFloats(), rows * 320);
        Rows one = new Rows(row.segment(), r * 320L, 320, 1);
        Tensor y = Tensor.allocate(arena, DType.F32, 1, 100);
        vectors.linear(
            one,
            w,
            PanelRange.all(w),
            Rows.of(y),
            new Epilogue(DType.F32, Optional.of(bias.segment())),
            new float[vectors.scratch()]);
        int[] expected = IntStream.range(r * 100, (r + 1) * 100).map(i -> together[i]).toArray();
        assertThat(bits(y)).as("row %d", r).containsExactly(expected);
      }
    }
  }

  /** One output for each scale; a group of 32 steps has each integer twice, another sign each. */
  @Test
  void everyWeightOfFourBitsIsIntegerTimesScale() {
    Products vectors = vectors();
    int scales = 0x7c00;
    int depth = 64;
    try (Arena arena = Arena.ofConfined()) {
      PanelMatrix w = PanelMatrix.allocate(arena, QuantisedType.INT4.storage(), scales, depth);
      for (int n = 0; n < scales; n++) {
        long lane = w.panelOffset(n / 16) + n % 16 * 4L;
        w.data().set(Tensor.INT, lane, n | (n | 0x8000) << 16);
        for (int k = 0; k < depth; k++) {
          long at = lane + (1 + QuantisedPanels.line(4, k)) * 64L;
          int word = w.data().get(Tensor.INT, at);
          w.data().set(Tensor.INT, at, word | (k & 15) << QuantisedPanels.shift(4, k));
        }
      }
      for (int rows : new int[] {1, depth}) {
        for (int first = 0; first < depth; first += rows) {
          requireIntegerTimesScale(arena, vectors, w, first, rows);
        }
      }
    }
  }

  private static void requireIntegerTimesScale(
      Arena arena, Products products, PanelMatrix w, int first, int rows) {
    float[] weights = weights(arena, products, w, first, rows);
    for (int r = 0; r < rows; r++) {
      int k = first + r;
      int integer = (k & 15) < 8 ? k & 15 : (k & 15) - 16;
      for (int n = 0; n < w.outputs(); n++) {
        float scale = Float.float16ToFloat((short) (k < 32 ? n : n | 0x8000));
        float weight = weights[r * w.outputs() + n];
        if (weight != integer * scale || weight != (double) integer * scale) {
          throw new AssertionError(integer + " times " + scale + " was " + weight);
        }
      }
    }
  }

  /** Products with rows that are 1 at one step and 0 elsewhere: the weights of some steps. */
  private static float[] weights(
      Arena arena, Products products, PanelMatrix w, int first, int rows) {
    Tensor x = Tensor.allocate(arena, DType.F32, rows, w.depth());
    for (int r = 0; r < rows; r++) {
      x.segment().set(Tensor.FLOAT, (r * (long) w.depth() + first + r) * 4, 1f);
    }
    Tensor y = Tensor.allocate(arena, DType.F32, rows, w.outputs());
    products.linear(
        Rows.of(x), w, PanelRange.all(w), Rows.of(y), Epilogue.NONE, new float[products.scratch()]);
    return y.toFloats();
  }

  /** Each zero point with each integer, and one output for each scale. */
  @Test
  void everyWeightWithAZeroPointIsTheirDifferenceTimesScale() {
    Products vectors = vectors();
    int scales = 0x7c00;
    int zeros = 17;
    int depth = zeros * QuantisedType.INT4_ZEROS.group();
    StoredIntegers.Numbers numbers = new Numbers(k -> (k & 15) - 8, g -> g - 8, n -> n);
    try (Arena arena = Arena.ofConfined()) {
      PanelMatrix w =
          PanelMatrix.allocate(arena, QuantisedType.INT4_ZEROS.storage(), scales, depth);
      w.packIntegers(numbers, 0, w.panels());
      for (int rows : new int[] {1, 16}) {
        for (int first = 0; first < depth; first += rows) {
          requireDifferenceTimesScale(vectors, w, numbers, first, rows);
        }
      }
    }
  }

  private static void requireDifferenceTimesScale(
      Products products, PanelMatrix w, StoredIntegers.Numbers numbers, int first, int rows) {
    try (Arena arena = Arena.ofConfined()) {
      float[] weights = weights(arena, products, w, first, rows);
      for (int r = 0; r < rows; r++) {
        int k = first + r;
        int difference = numbers.integer(0, k) - numbers.zero(0, k / 32);
        for (int n = 0; n < w.outputs(); n++) {
          float weight = weights[r * w.outputs() + n];
          if (weight != (double) difference * numbers.scale(n, 0)) {
            throw new AssertionError(difference + " times scale " + n + " was " + weight);
          }
        }
      }
    }
  }

  /** Numbers that depend on step, group and output alone; the scale is that of these bits. */
  private record Numbers(IntUnaryOperator integers, IntUnaryOperator zeros, IntUnaryOperator scales)
      implements StoredIntegers.Numbers {
    @Override
    public int integer(int output, int input) {
      return integers.applyAsInt(input);
    }

    @Override
    public int zero(int output, int group) {
      return zeros.applyAsInt(group);
    }

    @Override
    public float scale(int output, int group) {
      return Float.float16ToFloat((short) scales.applyAsInt(output));
    }
  }

  private static PanelMatrix quantised(
      Arena arena, QuantisedType type, int outputs, int depth, long seed) {
    if (type.zeros()) {
      PanelMatrix w = PanelMatrix.allocate(arena, type.storage(), outputs, depth);
      w.packIntegers(random(seed), 0, w.panels());
      return w;
    }
    float[] values = numbers(arena, outputs * depth, 2 * seed).toFloats();
    Tensor source = Tensor.allocate(arena, DType.F32, outputs, depth);
    for (int i = 0; i < values.length; i++) {
      source.segment().set(Tensor.FLOAT, i * 4L, values[i] / 64);
    }
    PanelMatrix w = PanelMatrix.allocate(arena, type.storage(), outputs, depth);
    w.quantisePanels(source, 0, w.panels());
    return w;
  }

  /** Some scales are negative, as AutoRound writes them. */
  private static StoredIntegers.Numbers random(long seed) {
    return new StoredIntegers.Numbers() {
      private int of(int a, int b, int count) {
        long mixed = new SplittableRandom(seed << 40 ^ (long) a << 20 ^ b).nextLong();
        return Math.floorMod(mixed, count);
      }

      @Override
      public int integer(int output, int input) {
        return of(output, input, 16) - 8;
      }

      @Override
      public int zero(int output, int group) {
        return of(output, ~group, 17) - 8;
      }

      @Override
      public float scale(int output, int group) {
        return (of(~output, group, 200) - 20) / 1024f;
      }
    };
  }

  private static Tensor linear(
      Arena arena, Products k, Tensor x, Product p, PanelMatrix w, Tensor bias) {
    Tensor y = Tensor.allocate(arena, DType.F32, p.rows, p.outputs);
    k.linear(
        new Rows(x.segment(), 0, p.depth, p.rows),
        w,
        PanelRange.all(w),
        new Rows(y.segment(), 0, p.outputs, p.rows),
        new Epilogue(DType.F32, Optional.of(bias.segment())),
        new float[k.scratch()]);
    return y;
  }
}

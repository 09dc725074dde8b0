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
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The two kinds of row kernels agree in every bit, NaN counting as one value. Sizes run from
 * nothing to past two vectors of 16 lanes, offsets are odd, and the numbers include infinities,
 * NaN, both zeros and subnormals.
 */
class VectorRowKernelsTest {
  private static final int OFFSET = 3;
  private static final List<DType> DTYPES = List.of(DType.F32, DType.BF16, DType.F16);
  private RowKernels vector;
  private final RowKernels scalar = new ScalarRowKernels();

  @BeforeEach
  void requireVectors() {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs --add-modules jdk.incubator.vector");
    vector = KernelsProvider.best().rows();
  }

  static IntStream sizes() {
    return IntStream.concat(IntStream.rangeClosed(0, 35), IntStream.of(63, 64, 65, 100));
  }

  private interface Use {
    void on(RowKernels kernels, MemorySegment x);
  }

  private static Row row(MemorySegment x, int size) {
    return new Row(x, OFFSET, size);
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
  void theLargestMagnitudesAgree(int size) {
    try (Arena arena = Arena.ofConfined()) {
      for (long seed = 0; seed < 8; seed++) {
        MemorySegment x = numbers(arena, size + OFFSET, seed).segment();
        Float largest = scalar.largest(x, OFFSET, size);
        float expected = 0;
        for (int i = 0; i < size; i++) {
          expected = Math.max(expected, Math.abs(row(x, size).at(i)));
        }
        assertThat(largest).as("%d elements, seed %d", size, seed).isEqualTo((Float) expected);
        assertThat((Float) vector.largest(x, OFFSET, size))
            .as("%d elements, seed %d", size, seed)
            .isEqualTo(largest);
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
              (k, x) -> k.rmsNorm(d, row(x, size), weight, 1e-6f, row(x, size)));
          assertSameBits(
              size,
              seed,
              "layerNorm " + what,
              (k, x) -> k.layerNorm(d, row(x, size), weight, bias, 1e-6f, row(x, size)));
        }
        String what = size + " elements, seed " + seed;
        assertSameBits(
            size,
            seed,
            "squares " + what,
            (k, x) -> x.set(Tensor.FLOAT, 0, k.squares(row(x, size))));
        assertSameBits(
            size,
            seed,
            "variance " + what,
            (k, x) -> x.set(Tensor.FLOAT, 0, k.variance(row(x, size))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void turningAHeadAgrees(int half) {
    int size = 2 * half;
    try (Arena arena = Arena.ofConfined()) {
      Row cos = new Row(numbers(arena, size + 1, 10).segment(), 1, size);
      Row sin = new Row(numbers(arena, size + 1, 12).segment(), 1, size);
      for (long seed = 0; seed < 4; seed++) {
        for (DType d : DTYPES) {
          for (DType products : List.of(DType.F32, d)) {
            assertSameBits(
                size,
                seed,
                "rotateHalf " + products + " " + d + " " + size,
                (k, x) -> k.rotateHalf(products, d, row(x, size), cos, sin));
          }
        }
      }
    }
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

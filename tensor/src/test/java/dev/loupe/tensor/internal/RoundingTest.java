package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All code that rounds a float32 to a 16-bit type gives the same number, NaN counting as one: the
 * format itself, blocks of weights, and the kernels of both kinds.
 */
class RoundingTest {
  private static final int HALVES = 1 << 16;

  /** Lower halves at and around what decides the rounding of each type, and between. */
  private static final int[] LOW = {
    0, 1, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x2fff, 0x3000, 0x3001, 0x5a5a, 0x7fff, 0x8000, 0x8001,
    0xa5a5, 0xefff, 0xf000, 0xf001, 0xffff
  };

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void everyUpperHalfWithTheDecidingLowerHalvesRoundsTheSameEverywhere(DType type) {
    IntStream.of(LOW).parallel().forEach(low -> assertAllAgree(type, low));
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void everyFloatRoundsTheSameEverywhere(DType type) {
    IntStream.range(0, HALVES).parallel().forEach(low -> assertAllAgree(type, low));
  }

  private static void assertAllAgree(DType type, int low) {
    float[] x = new float[HALVES];
    int[] expected = new int[HALVES];
    int[] found = new int[HALVES];
    HalfFormat format = HalfFormat.of(type);
    for (int high = 0; high < HALVES; high++) {
      x[high] = Float.intBitsToFloat(high << 16 | low);
      expected[high] = Float.floatToIntBits(format.toFloat(format.fromFloat(x[high])));
      found[high] = Float.floatToIntBits(Rounding.round(type, x[high]));
    }
    assertThat(found).as("Rounding, lower half %04x", low).isEqualTo(expected);
    float[] block = x.clone();
    WeightBlocks.round(type, block, HALVES);
    assertThat(bits(block)).as("WeightBlocks, lower half %04x", low).isEqualTo(expected);
    for (Arithmetic kernels : List.of(KernelsProvider.scalar(), KernelsProvider.best())) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor t = Tensor.ofFloats(arena, x, HALVES);
        kernels.rows().round(type, t.segment(), 0, HALVES);
        assertThat(bits(t.toFloats()))
            .as("%s, lower half %04x", kernels.description(), low)
            .isEqualTo(expected);
      }
    }
  }

  private static int[] bits(float[] x) {
    return IntStream.range(0, x.length).map(i -> Float.floatToIntBits(x[i])).toArray();
  }
}

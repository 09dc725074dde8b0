package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.StageId;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class StageComparisonTest {

  private static final StageId LAYER = StageId.decoderLayer(0);

  /** Row r holds r and r + 0.5. */
  private static Tensor rows(Arena arena, int count) {
    float[] values = new float[2 * count];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 2f;
    }
    return Tensor.ofFloats(arena, values, count, 2);
  }

  private static StageDifference difference(StageComparison stages, Arena arena, long changed) {
    Tensor first = rows(arena, 10);
    stages.first().stage(LAYER, first);
    Tensor other = rows(arena, 10);
    other.segment().setAtIndex(Tensor.FLOAT, changed, 100);
    StageComparison.Other of = stages.other();
    of.stage(LAYER, other);
    return of.differences().getFirst();
  }

  @Test
  void allRowsAreCompared() {
    try (Arena arena = Arena.ofConfined();
        StageComparison stages = new StageComparison(DType.F32)) {
      assertThat(difference(stages, arena, 3))
          .isEqualTo(new StageDifference(LAYER, 20, 1, 0, 20, 98.5, 98.5 / 9.5));
    }
  }

  @Test
  void someRowsAreComparedEvenlySpread() {
    try (Arena arena = Arena.ofConfined();
        StageComparison stages = new StageComparison(DType.F32, 4)) {
      // Rows 0, 2, 5 and 7.
      assertThat(difference(stages, arena, 11))
          .isEqualTo(new StageDifference(LAYER, 8, 1, 0, 8, 94.5, 94.5 / 7.5));
      assertThat(difference(stages, arena, 12))
          .isEqualTo(new StageDifference(LAYER, 8, 0, 0, 8, 0, 0));
    }
  }
}

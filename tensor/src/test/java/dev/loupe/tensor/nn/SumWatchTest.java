package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.SumOverflow;
import dev.loupe.tensor.numerics.TensorCore;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SumWatchTest {
  private static final ModuleId ATTN =
      ModuleId.of(Part.VISION_TOWER, "visual.blocks").layer(0).child("attn");

  private static final Accumulation HALF =
      Accumulation.of(TensorCore.HOPPER).withAccumulator(DType.F16);

  /** Wants operations or not. */
  private static final class Notes implements NumericsTrace {
    private final boolean operations;
    private final List<SumOverflow> overflows = new ArrayList<>();

    Notes(boolean operations) {
      this.operations = operations;
    }

    @Override
    public boolean wantsOperations() {
      return operations;
    }

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public void sumOverflow(SumOverflow overflow) {
      overflows.add(overflow);
    }
  }

  private static Workspace workspace(Backend backend, Accumulation sums, NumericsTrace trace) {
    return new Workspace(backend, NumericsProfile.FLOAT16_EAGER.with(sums), trace);
  }

  @Test
  void isNothingButTheProductsWhereNobodyAsksOrNoAccumulatorIsFloat16() {
    OperationId id = ATTN.child("proj").output();
    try (Backend backend = Backend.open(1);
        Workspace nobody = workspace(backend, HALF, NumericsTrace.NONE);
        Workspace stages = workspace(backend, HALF, new Notes(false));
        Workspace single = workspace(backend, Accumulation.of(TensorCore.HOPPER), new Notes(true));
        Workspace attention = workspace(backend, HALF.forAttention(), new Notes(true));
        Workspace watched = workspace(backend, HALF, new Notes(true))) {
      for (Workspace w : List.of(nobody, stages, single, attention)) {
        assertThat(SumWatch.ofLinear(id, w).products()).isSameAs(w.products());
      }
      assertThat(SumWatch.ofLinear(id, watched).products()).isNotSameAs(watched.products());
    }
  }

  /**
   * Equal weights that float16 made too large, times its largest number: for some numbers of
   * patches the sum of what is no more than 65,504 on average rounds to infinity. Patches of two
   * frames, of which the second has only zeros before.
   */
  @Test
  void findsWeightedSumsOfValuesByPatchAndColumn() {
    int heads = 2;
    int headDim = 16;
    int width = heads * headDim;
    List<SumOverflow> found = new ArrayList<>();
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(2)) {
      for (int patches = 2; patches < 120; patches++) {
        int rows = 5 + patches;
        float[] qkv = new float[rows * 3 * width];
        for (int row = 5; row < rows; row++) {
          // Column 3 of head 1.
          qkv[row * 3 * width + 2 * width + headDim + 3] = 65_504;
        }
        Notes notes = new Notes(true);
        try (Workspace w = workspace(backend, HALF, notes)) {
          Tensor x = Tensor.ofFloats(arena, qkv, rows, 3 * width);
          Tensor out = new Attention(ATTN, heads, headDim).full(x, List.of(5, patches), w);
          boolean infinite = Float.isInfinite(out.getFloat(5L * width + headDim + 3));
          assertThat(notes.overflows).hasSize(infinite ? 1 : 0);
        }
        for (SumOverflow overflow : notes.overflows) {
          assertThat(overflow.operation()).isEqualTo(ATTN.step(Step.WEIGHTED_VALUES));
          assertThat(overflow.head()).hasValue(1);
          assertThat(overflow.row()).isEqualTo(5);
          assertThat(overflow.element()).isEqualTo(headDim + 3);
          assertThat(overflow.terms()).isEqualTo(patches);
          assertThat(overflow.before()).isLessThan(65_520);
          assertThat(overflow.sums()).isEqualTo(patches);
        }
        found.addAll(notes.overflows);
      }
    }
    assertThat(found).isNotEmpty();
    assertThat(Collections.max(found.stream().map(SumOverflow::firstTerm).toList())).isPositive();
  }
}

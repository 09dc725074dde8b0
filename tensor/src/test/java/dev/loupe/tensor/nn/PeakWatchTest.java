package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeak;
import dev.loupe.tensor.numerics.StageId;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One token, whose heads share a tile if there is one thread, and have one each if there are more.
 */
class PeakWatchTest {
  private static final ModuleId SELF_ATTN =
      ModuleId.of(Part.DECODER, "model.layers").layer(3).child("self_attn");
  private static final int HEAD_DIM = 16;

  /** Keeps the peaks. */
  private record Notes(List<ScorePeak> peaks) implements NumericsTrace {

    @Override
    public boolean wantsStages() {
      return false;
    }

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public boolean wantsPeaks() {
      return true;
    }

    @Override
    public void peak(int sequence, ScorePeak peak) {
      assertThat(sequence).isZero();
      peaks.add(peak);
    }
  }

  /** The peak where head h has the score {@code scores[h]} with the only key. */
  private static ScorePeak peak(int threads, float... scores) {
    Notes notes = new Notes(new ArrayList<>());
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(threads);
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT16_EAGER, notes);
        KeyValues kv = KeyValues.growing(1, HEAD_DIM)) {
      Tensor q = Tensor.allocate(arena, DType.F32, 1, scores.length * HEAD_DIM);
      for (int head = 0; head < scores.length; head++) {
        q.segment().setAtIndex(Tensor.FLOAT, head * (long) HEAD_DIM, scores[head]);
      }
      Tensor k = Tensor.allocate(arena, DType.F32, 1, HEAD_DIM);
      k.segment().setAtIndex(Tensor.FLOAT, 0, 1);
      kv.append(k, k);
      new Attention(SELF_ATTN, scores.length, HEAD_DIM).causal(q, kv, w);
    }
    assertThat(notes.peaks).hasSize(1);
    return notes.peaks.getFirst();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theLargestMagnitudeCountsAndOfEqualOnesThatOfTheFirstHead(int threads) {
    assertThat(peak(threads, 3, -500, 500, 4)).isEqualTo(new ScorePeak(SELF_ATTN, 1, 0, 500));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void anOverflowCountsMoreThanNanBeforeOrAfterIt(int threads) {
    assertThat(peak(threads, 3, Float.NaN, 70_000, 4).value()).isEqualTo(70_000);
    assertThat(peak(threads, 3, 70_000, Float.NaN, 4).value()).isEqualTo(70_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void nanCountsMoreThanWhatDoesNotOverflow(int threads) {
    assertThat(peak(threads, 3, Float.NaN, 600, 4))
        .isEqualTo(new ScorePeak(SELF_ATTN, 1, 0, Float.NaN));
  }
}

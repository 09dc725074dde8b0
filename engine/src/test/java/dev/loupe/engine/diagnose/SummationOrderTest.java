package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.loupe.engine.diagnose.SummationOrder.Finding;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SummationOrderTest {
  private static final float EDGE = SummationOrder.edge(32);

  private static ExtremeScore score(int layer, int key, float value) {
    return new ExtremeScore(Part.DECODER, layer, 0, 3, key, value, key > 3);
  }

  /** A recorder that got these scores, the last of each layer as its nearest. */
  private static RunRecorder run(ExtremeScore... scores) {
    RunRecorder recorder = new RunRecorder(RunSettings.of(NumericsProfile.FLOAT16_EAGER), EDGE);
    for (ExtremeScore score : scores) {
      if (score.overflows()) {
        recorder.overflow(score);
      } else {
        recorder.near(score);
      }
      recorder.nearest(score);
    }
    return recorder;
  }

  private static SummationOrder order(RunRecorder forwards, RunRecorder backwards) {
    return SummationOrder.of(forwards, backwards, EDGE);
  }

  @Test
  void theEdgeGrowsWithTheRootOfTheHeadsSize() {
    assertThat(SummationOrder.edge(32)).isEqualTo(0.01f);
    assertThat(SummationOrder.edge(128)).isEqualTo(0.02f);
  }

  @Test
  void aScoreWithinTheEdgeIsDecidedByTheOrder() {
    SummationOrder order = order(run(score(1, 2, 65519.992f)), run(score(1, 2, 65519.996f)));
    assertThat(order.differing()).isEmpty();
    assertThat(order.finding()).isEqualTo(Finding.ORDER_DECIDES);
    assertThat(order.onEdge()).hasSize(1);
  }

  @Test
  void aScoreThatOverflowsInOneOrderOnlyIsDecidedByTheOrder() {
    SummationOrder order = order(run(score(1, 2, 65521f)), run(score(1, 2, 65519f)));
    assertThat(order.onEdge()).isEmpty();
    assertThat(order.differing()).containsExactly(score(1, 2, 65521f));
    assertThat(order.overflows()).isOne();
    assertThat(order.overflowsBackwards()).isZero();
    assertThat(order.finding()).isEqualTo(Finding.ORDER_DECIDES);
    assertThat(order(run(), run(score(1, 2, 65521f))).differing()).hasSize(1);
  }

  @Test
  void tenTimesWhatTheOrderMovedIsTheRule() {
    // A value of 65,600 that moves by 0.5 has moved by 7.6e-6; ten times that is 5 at 65520.
    RunRecorder close = run(score(1, 1, 65600f), score(1, 2, 65524f));
    RunRecorder far = run(score(1, 1, 65600f), score(1, 2, 65526f));
    ExtremeScore moved = score(1, 1, 65600.5f);
    SummationOrder sensitive = order(close, run(moved, score(1, 2, 65524f)));
    assertThat(sensitive.largestDifference()).isCloseTo(0.5 / 65600, within(1e-12));
    assertThat(sensitive.finding()).isEqualTo(Finding.CLOSE);
    assertThat(order(far, run(moved, score(1, 2, 65526f))).finding()).isEqualTo(Finding.SETTLED);
  }

  @Test
  void layersAfterTheFirstNanAreNotCompared() {
    RunRecorder forwards = run(score(1, 1, 70000f));
    float[] nan = {Float.NaN, 0};
    forwards.stage(
        StageId.decoderLayer(1), new Tensor(DType.F32, Shape.of(1, 2), MemorySegment.ofArray(nan)));
    RunRecorder backwards = run(score(1, 1, 70000f), score(2, 1, 70000f));
    assertThat(order(forwards, backwards).differing()).isEmpty();
    assertThat(order(forwards, backwards).finding()).isEqualTo(Finding.SETTLED);
  }

  @Test
  void nothingNearTheThresholdIsSettled() {
    SummationOrder order = order(run(), run());
    assertThat(order.nearest()).isEmpty();
    assertThat(order.compared()).isZero();
    assertThat(order.finding()).isEqualTo(Finding.SETTLED);
  }

  @Test
  void scoresOfLaterPassesCountOnTheEdgeOnly() {
    RunRecorder forwards = run(score(1, 1, 70000f));
    forwards.token(7, " seven");
    forwards.near(score(1, 2, 65519.996f));
    SummationOrder order = order(forwards, run(score(1, 1, 70000f)));
    assertThat(order.onEdge()).extracting(ScoreEvent::pass).containsExactly(1);
    assertThat(order.finding()).isEqualTo(Finding.SETTLED);
  }

  @Test
  void withMoreScoresThanAreKeptNothingIsConcludedFromAbsence() {
    ExtremeScore[] many = new ExtremeScore[(1 << 18) + 1];
    Arrays.setAll(many, i -> score(0, i, 70000f));
    RunRecorder all = run(many);
    assertThat(all.promptScores().complete()).isFalse();
    ExtremeScore other = score(1, 1, 70000f);
    assertThat(order(run(other), all).differing().contains(other)).isFalse();
    assertThat(order(run(other), run()).differing()).hasSize(1);
  }
}

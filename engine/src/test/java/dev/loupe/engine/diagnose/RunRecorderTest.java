package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.diagnose.NanRows.Span;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeaks;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the whole models of the other tests never do: overflows outside attention. */
class RunRecorderTest {
  private static final ModuleId LAYER = ModuleId.of(Part.DECODER, "model.layers").layer(0);
  private static final OperationId GATE_PROJ = LAYER.child("mlp.gate_proj").output();
  private static final OperationId DOWN_PROJ = LAYER.child("mlp.down_proj").output();
  private static final ModuleId TOWER = ModuleId.of(Part.VISION_TOWER, "visual.blocks").layer(31);

  private final RunRecorder recorder =
      new RunRecorder(RunSettings.of(NumericsProfile.FLOAT16_EAGER), 0.01f);

  private static Tensor floats(int rows, float... values) {
    MemorySegment memory = MemorySegment.ofArray(values);
    return new Tensor(DType.F32, Shape.of(rows, values.length / rows), memory);
  }

  private void prompt(int tokens) {
    recorder.stage(StageId.INPUT_IDS, Tensor.ofLongs(Arena.ofAuto(), new long[tokens], tokens));
  }

  private void operation(OperationId operation, float... values) {
    TensorStatistics.Counter counter = new TensorStatistics.Counter(DType.F16);
    for (float value : values) {
      counter.add(value);
    }
    recorder.operation(operation, counter.statistics());
  }

  @Test
  void anOverflowOfAnotherOperationIsPlacedByItsRow() {
    prompt(2);
    operation(GATE_PROJ, 1, 2, 3, 4);
    operation(DOWN_PROJ, 1, 2, -70000, 80000);
    Overflow first = recorder.firstOverflow().orElseThrow();
    assertThat(first).isEqualTo(new Overflow(0, DOWN_PROJ, Optional.empty(), 1, 2, 80000f));
    assertThat(recorder.outcome(Optional.empty()).otherOverflows()).isEqualTo(2);
    assertThat(recorder.outcome(Optional.empty()).clean()).isFalse();
  }

  @Test
  void anOverflowOfTheTowerHasNoRowOfATextToken() {
    prompt(2);
    operation(TOWER.child("mlp.fc2").output(), 1, 2, 70000, 3);
    assertThat(recorder.firstOverflow().orElseThrow().row()).isEqualTo(-1);
    assertThat(recorder.firstOverflow().orElseThrow().index()).isEqualTo(2);
  }

  /** The prompt's pass computes the logits of its last token alone. */
  @Test
  void anOverflowOfTheLogitsIsPlacedAtTheLastTokenOfThePrompt() {
    prompt(5);
    operation(ModuleId.of(Part.LM_HEAD, "lm_head").output(), 1, 70000, 3);
    assertThat(recorder.firstOverflow().orElseThrow().row()).isEqualTo(4);
    assertThat(recorder.firstOverflow().orElseThrow().index()).isEqualTo(1);
  }

  @Test
  void laterPassesHaveOneRowAtTheEndOfTheSequence() {
    prompt(5);
    recorder.token(7, " seven");
    operation(DOWN_PROJ, 1, 70000);
    assertThat(recorder.firstOverflow().orElseThrow().pass()).isEqualTo(1);
    assertThat(recorder.firstOverflow().orElseThrow().row()).isEqualTo(5);
  }

  @Test
  void hiddenScoresThatTheMaskMadeInfiniteAreExposedAndNoOverflow() {
    prompt(1);
    operation(LAYER.child("self_attn").step(Step.MASKED_SCORES), -65504, -65520, -65600);
    Outcome outcome = recorder.outcome(Optional.empty());
    assertThat(outcome.exposed()).isEqualTo(2);
    assertThat(outcome.otherOverflows()).isZero();
    assertThat(recorder.firstOverflow()).isEmpty();
    assertThat(recorder.ranges()).isEmpty();
  }

  @Test
  void oneInfiniteLogitMakesATokenBadWithoutNan() {
    prompt(1);
    recorder.stage(StageId.LOGITS, floats(1, 1, 2, Float.POSITIVE_INFINITY));
    recorder.token(2, "a");
    recorder.stage(StageId.LOGITS, floats(1, 1, 2, 3));
    Outcome outcome = recorder.outcome(Optional.empty());
    assertThat(outcome.firstBadToken()).hasValue(1);
    assertThat(outcome.badTokens()).isOne();
    assertThat(recorder.spread().rows()).isEmpty();
  }

  @Test
  void theSpreadIsThatOfTheFirstPassWithNan() {
    prompt(2);
    recorder.stage(StageId.decoderLayer(0), floats(2, 1, 2, 3, 4));
    recorder.stage(StageId.LOGITS, floats(1, 1, 2));
    recorder.token(1, "a");
    recorder.stage(StageId.decoderLayer(0), floats(1, 1, Float.NaN));
    recorder.stage(StageId.LOGITS, floats(1, Float.NaN, 0));
    recorder.token(0, "!");
    recorder.stage(StageId.decoderLayer(0), floats(1, Float.NaN, Float.NaN));
    recorder.stage(StageId.LOGITS, floats(1, Float.NaN, 0));
    assertThat(recorder.spread().pass()).isEqualTo(1);
    assertThat(recorder.spread().rows())
        .containsExactly(
            new NanRows(StageId.decoderLayer(0), 1, 1, 0, List.of(new Span(0, 1))),
            new NanRows(StageId.LOGITS, 1, 1, 0, List.of(new Span(0, 1))));
  }

  @Test
  void neighbouringRowsWithNanAreOneSpan() {
    Set<Integer> nan = Set.of(1, 2, 4, 7, 8, 9);

    NanRows rows = NanRows.of(StageId.decoderLayer(3), 10, nan::contains);

    assertThat(rows.nanRows()).isEqualTo(6);
    assertThat(rows.first()).isEqualTo(1);
    assertThat(rows.spans()).containsExactly(new Span(1, 2), new Span(4, 1), new Span(7, 3));
    assertThat(NanRows.of(StageId.NORM, 3, row -> false).spans()).isEmpty();
  }

  @Test
  void theLargestScoresOfHeadsAndTokensAreThoseOfAllPasses() {
    RunRecorder watching =
        new RunRecorder(RunSettings.of(NumericsProfile.FLOAT16_EAGER), 0.01f, true);
    watching.peaks(peaks(Part.VISION_TOWER, 0, 0, heads(5, 7)));
    watching.peaks(peaks(Part.VISION_TOWER, 0, 0, heads(6, 1)));
    watching.peaks(
        new ScorePeaks(Part.DECODER, 1, heads(9, ScorePeaks.NONE), 0, heads(3, 9), heads(4, 8)));
    watching.peaks(new ScorePeaks(Part.DECODER, 1, heads(2, 3), 2, heads(30), heads(1, 10, 2)));

    ScoreMargins margins = watching.margins();

    assertThat(margins.layers())
        .containsExactly(
            new ScoreMargins.Layer(Part.VISION_TOWER, 0, List.of(6f, 7f)),
            new ScoreMargins.Layer(Part.DECODER, 1, List.of(9f, 3f)));
    assertThat(margins.tokens()).containsExactly(4f, 10f, 30f);
  }

  @Test
  void whatHadNoNumberHasNoLargestScore() {
    RunRecorder watching =
        new RunRecorder(RunSettings.of(NumericsProfile.FLOAT16_EAGER), 0.01f, true);
    watching.peaks(peaks(Part.DECODER, 2, 0, heads(ScorePeaks.NONE, 1)));

    assertThat(watching.margins().layers().getFirst().heads()).containsExactly(Float.NaN, 1f);
    assertThat(recorder.wantsDistribution()).isFalse();
    assertThat(recorder.margins()).isEqualTo(new ScoreMargins(List.of(), List.of()));
  }

  @Test
  void exponentsAreCountedOverAllLayersAndPasses() {
    RunRecorder watching =
        new RunRecorder(RunSettings.of(NumericsProfile.FLOAT16_EAGER), 0.01f, true);
    ModuleId layers = ModuleId.of(Part.DECODER, "model.layers");
    for (int layer = 0; layer < 2; layer++) {
      ExponentCounts counts = new ExponentCounts();
      counts.add(0.25f);
      counts.add(layer == 0 ? 65535.5f : 0);
      counts.add(Float.NaN);
      watching.exponents(layers.layer(layer).child("mlp.down_proj").output(), counts);
    }

    List<Long> sums = new ArrayList<>(Collections.nCopies(18, 0L));
    sums.set(0, 2L);
    sums.set(17, 1L);
    assertThat(watching.exponents())
        .containsExactly(
            new ExponentHistogram(Part.DECODER, "model.layers.*.mlp.down_proj", 1, 2, -2, sums));
  }

  private static ScorePeaks peaks(Part part, int layer, int firstQuery, float[] heads) {
    return new ScorePeaks(part, layer, heads, firstQuery, new float[0], new float[0]);
  }

  private static float[] heads(float... largest) {
    return largest;
  }
}

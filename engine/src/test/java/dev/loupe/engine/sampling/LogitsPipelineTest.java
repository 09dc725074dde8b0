package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogitsPipelineTest {
  private static final int[] NO_IDS = {};

  @Test
  void everyWarperGoldenIsEqualInEveryBit() {
    assertThat(SamplingCases.lines("warpers.jsonl")).hasSize(120);
    assertThat(linesThatDiffer(TiePolicy.TORCH_CPU)).isEmpty();
  }

  /** Four lines cut between equal scores; a stable order happens to agree with PyTorch on three. */
  @Test
  void onlyLinesThatCutBetweenEqualScoresDependOnTheTiePolicy() {
    assertThat(linesThatDiffer(TiePolicy.LOWEST)).containsExactly(20, 55, 95, 110);
    assertThat(linesThatDiffer(TiePolicy.HIGHEST)).containsExactly(110);
  }

  private static List<Integer> linesThatDiffer(TiePolicy ties) {
    List<Map<String, Object>> lines = SamplingCases.lines("warpers.jsonl");
    var differing = new ArrayList<Integer>();
    for (int i = 0; i < lines.size(); i++) {
      Map<String, Object> line = lines.get(i);
      var params = (Map<?, ?>) line.get("params");
      var settings =
          new SamplingSettings(
              true,
              SamplingCases.number(params, "repetition_penalty"),
              0,
              false,
              SamplingCases.number(params, "temperature"),
              (int) SamplingCases.number(params, "top_k"),
              SamplingCases.number(params, "top_p"),
              0,
              ties);
      int[] ids = SamplingCases.ints(line.get("input_ids"));
      float[] scores = SamplingCases.floats(line.get("logits"));
      LogitsPipeline.of(settings, ids.length, List.of()).process(ids, ids.length, scores);
      float[] expected = SamplingCases.floats(line.get("scores"));
      if (!Arrays.equals(SamplingCases.bits(scores), SamplingCases.bits(expected))) {
        differing.add(i);
      }
    }
    return differing;
  }

  @Test
  void theProcessorsStandInTransformersOrder() {
    var settings = new SamplingSettings(true, 1.05, 4, true, 0.7, 50, 0.8, 0.1, TiePolicy.HIGHEST);
    assertThat(LogitsPipeline.of(settings, 9, List.of(2)).processors())
        .containsExactly(
            new RepetitionPenalty(1.05),
            new MinNewTokens(9, 4, List.of(2)),
            new RemoveInvalidValues(),
            new Temperature(0.7),
            new TopK(50),
            new TopP(0.8, TiePolicy.HIGHEST),
            new MinP(0.1));
  }

  @Test
  void withoutSamplingOnlyTheFirstThreeAct() {
    var settings = new SamplingSettings(false, 1.05, 4, true, 0.7, 50, 0.8, 0.1, TiePolicy.HIGHEST);
    assertThat(LogitsPipeline.of(settings, 9, List.of(2)).processors()).hasSize(3);
  }

  @Test
  void neutralValuesSwitchAProcessorOff() {
    var settings = new SamplingSettings(true, 1, 0, false, 1, 0, 1, 0, TiePolicy.LOWEST);
    assertThat(LogitsPipeline.of(settings, 0, List.of()).processors()).isEmpty();
  }

  @Test
  void anAbsentTopKIsFiftyAndActsOnlyOnSampling() {
    assertThat(SamplingSettings.defaults().topK()).isEqualTo(50);
    assertThat(LogitsPipeline.of(SamplingSettings.defaults(), 0, List.of()).processors()).isEmpty();
  }

  @Test
  void aSettingOutOfRangeIsRefusedByName() {
    refused(
        new SamplingSettings(true, 0, 0, false, 1, 0, 1, 0, TiePolicy.LOWEST), "repetition_pen");
    refused(
        new SamplingSettings(true, 1, -1, false, 1, 0, 1, 0, TiePolicy.LOWEST), "min_new_token");
    refused(new SamplingSettings(true, 1, 0, false, 0, 0, 1, 0, TiePolicy.LOWEST), "temperature");
    refused(
        new SamplingSettings(true, 1, 0, false, Double.NaN, 0, 1, 0, TiePolicy.LOWEST),
        "temperature");
    refused(new SamplingSettings(true, 1, 0, false, 1, -1, 1, 0, TiePolicy.LOWEST), "top_k");
    refused(new SamplingSettings(true, 1, 0, false, 1, 0, 1.5, 0, TiePolicy.LOWEST), "top_p");
    refused(new SamplingSettings(true, 1, 0, false, 1, 0, -0.1, 0, TiePolicy.LOWEST), "top_p");
    refused(new SamplingSettings(true, 1, 0, false, 1, 0, 1, 1.1, TiePolicy.LOWEST), "min_p");
  }

  private static void refused(SamplingSettings settings, String subject) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogitsPipeline.of(settings, 0, List.of()))
        .withMessageStartingWith(subject)
        .withMessageContaining("expected")
        .withMessageContaining("found");
  }

  @Test
  void aNegativePromptLengthIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MinNewTokens(-1, 1, List.of()))
        .withMessage("prompt length: expected 0 or more, found -1");
  }

  /** Section 5 of the numerics note: the remedy turns an error into garbage. */
  @Test
  void removingInvalidValuesTurnsARowOfNaNIntoARowOfTies() {
    float[] scores = {Float.NaN, Float.NaN, Float.NaN};
    new RemoveInvalidValues().process(NO_IDS, 0, scores);
    assertThat(scores).containsExactly(0f, 0f, 0f);
  }
}

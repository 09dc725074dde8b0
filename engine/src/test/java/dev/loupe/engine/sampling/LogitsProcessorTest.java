package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LogitsProcessorTest {

  static Stream<Map<String, Object>> goldens() {
    return SamplingCases.lines("processors.jsonl").stream();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aProcessorEqualsTransformersInEveryBit(Map<String, Object> line) {
    int[] ids = SamplingCases.ints(line.get("input_ids"));
    float[] scores = SamplingCases.floats(line.get("logits"));
    processor((String) line.get("processor"), (Map<?, ?>) line.get("params"))
        .process(ids, ids.length, scores);
    assertThat(SamplingCases.bits(scores))
        .isEqualTo(SamplingCases.bits(SamplingCases.floats(line.get("scores"))));
  }

  private static LogitsProcessor processor(String name, Map<?, ?> params) {
    return switch (name) {
      case "repetition_penalty" -> new RepetitionPenalty(SamplingCases.number(params, "penalty"));
      case "temperature" -> new Temperature(SamplingCases.number(params, "t"));
      case "top_k" -> new TopK((int) SamplingCases.number(params, "k"));
      case "top_p" -> new TopP(SamplingCases.number(params, "p"), TiePolicy.TORCH_CPU);
      case "min_p" -> new MinP(SamplingCases.number(params, "p"));
      case "remove_invalid" -> new RemoveInvalidValues();
      case "min_new_tokens" ->
          new MinNewTokens(
              (int) SamplingCases.number(params, "prompt"),
              (int) SamplingCases.number(params, "min"),
              Arrays.stream(SamplingCases.ints(params.get("eos"))).boxed().toList());
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Test
  void onlyTheIdsUpToTheLengthArePenalised() {
    float[] scores = {2, 2, 2};
    new RepetitionPenalty(2).process(new int[] {0, 1, 2}, 1, scores);
    assertThat(scores).containsExactly(1f, 2f, 2f);
  }

  @Test
  void topKOfOneKeepsEveryTiedMaximumAndTopPThenOne() {
    float[] scores = {1, 3, 3, 2, 3};
    new TopK(1).process(new int[0], 0, scores);
    float none = Float.NEGATIVE_INFINITY;
    assertThat(scores).containsExactly(none, 3f, 3f, none, 3f);
    float[] highest = scores.clone();
    new TopP(0.001, TiePolicy.LOWEST).process(new int[0], 0, scores);
    assertThat(scores).containsExactly(none, 3f, none, none, none);
    new TopP(0.001, TiePolicy.HIGHEST).process(new int[0], 0, highest);
    assertThat(highest).containsExactly(none, none, none, none, 3f);
  }

  @Test
  void theEndTokensOfMinNewTokensAreCopied() {
    var ids = new ArrayList<>(List.of(1));
    var processor = new MinNewTokens(0, 1, ids);
    ids.add(0);
    assertThat(processor.eosTokenIds()).containsExactly(1);
  }
}

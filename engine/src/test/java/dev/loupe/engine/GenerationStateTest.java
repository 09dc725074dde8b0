package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.sampling.GreedySampler;
import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where an answer ends. */
class GenerationStateTest {
  private static final int EOS = 445;
  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() throws IOException {
    tokenizer = ModelParts.tokenizer(BuiltInModel.files(), Optional.empty());
  }

  private static GenerationState state(
      int longest, int guard, TokenListener listener, String... stops) {
    return new GenerationState(
        new int[] {1, 2, 3},
        (ids, length, scores) -> {},
        new GreedySampler(),
        new GenerationState.Limits(
            List.of(EOS, 443),
            longest,
            guard == 0 ? Optional.empty() : Optional.of(new RepetitionGuard(guard))),
        new AnswerText(tokenizer.newStreamingDecoder(true), List.of(stops)),
        listener);
  }

  /** Feeds tokens until the answer ends. */
  private static GenerationState answered(GenerationState state, int... tokens) {
    for (int token : tokens) {
      float[] scores = new float[464];
      scores[token] = 1;
      if (!state.accept(scores)) {
        return state;
      }
    }
    throw new AssertionError("the answer did not end");
  }

  @Test
  void anyEndTokenEndsItAndIsPartOfIt() {
    for (int eos : new int[] {EOS, 443}) {
      GenerationState state = answered(state(9, 0, TokenListener.NONE), 32, 334, eos);
      assertThat(state.answer()).containsExactly(32, 334, eos);
      assertThat(state.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(state.text()).isEqualTo("A small");
    }
  }

  @Test
  void theLongestAnswerEndsWithAllItsText() {
    List<String> pieces = new ArrayList<>();
    TokenListener listener = TokenListener.text(pieces::add);
    GenerationState state = answered(state(2, 0, listener, "small cat"), 32, 334);
    assertThat(state.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(state.text()).isEqualTo("A small");
    assertThat(pieces).containsExactly("A", " small").isNotEmpty();
  }

  @Test
  void aStopStringEndsItAndItsTokensStay() {
    GenerationState state = answered(state(9, 0, TokenListener.NONE, "mal"), 32, 334);
    assertThat(state.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(state.text()).isEqualTo("A s");
    assertThat(state.answer()).containsExactly(32, 334);
  }

  @Test
  void theTextOfACancelledAnswerIsWhatWasShown() {
    StringBuilder shown = new StringBuilder();
    TokenListener listener =
        (id, text) -> {
          shown.append(text);
          return id != 334;
        };
    GenerationState state = answered(state(9, 0, listener, "small cat"), 32, 334);
    assertThat(state.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(state.text()).isEqualTo("A ").isEqualTo(shown.toString());
  }

  @Test
  void theGuardEndsACircle() {
    int[] circle = {5, 32, 334, 32, 334, 32, 334, 32, 334};
    GenerationState state = answered(state(20, 3, TokenListener.NONE), circle);
    assertThat(state.answer()).containsExactly(5, 32, 334, 32, 334, 32, 334);
    assertThat(state.finishReason()).isEqualTo(FinishReason.REPETITION);
    assertThat(state.finishReason()).hasToString("repetition");
  }

  @Test
  void withoutAGuardACircleGoesOn() {
    GenerationState state = answered(state(9, 0, TokenListener.NONE), 7, 7, 7, 7, 7, 7, 7, 7, 7);
    assertThat(state.finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void theGuardLooksForRunsOfUpTo64Tokens() {
    RepetitionGuard guard = new RepetitionGuard(2);
    List<Integer> run = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      run.add(i);
    }
    List<Integer> twice = new ArrayList<>(run);
    twice.addAll(run);
    assertThat(guard.repeats(run)).isFalse();
    assertThat(guard.repeats(twice)).isTrue();
    assertThat(guard.repeats(twice.subList(0, 127))).isFalse();
    assertThat(guard.repeats(List.of())).isFalse();
    run.add(64);
    List<Integer> longer = new ArrayList<>(run);
    longer.addAll(run);
    assertThat(guard.repeats(longer)).isFalse();
  }
}

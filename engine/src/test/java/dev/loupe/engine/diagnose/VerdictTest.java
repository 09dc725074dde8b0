package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class VerdictTest {

  private static Outcome outcome(
      Optional<Refusal> refusal, int badTokens, long overflows, long exposed, Integer... tokens) {
    return new Outcome(
        NumericsProfile.FLOAT16_EAGER,
        SamplingRemedy.NONE,
        true,
        List.of(tokens),
        "",
        refusal,
        badTokens > 0 ? OptionalInt.of(1) : OptionalInt.empty(),
        badTokens,
        overflows,
        0,
        0,
        exposed,
        0);
  }

  @Test
  void aRefusalMeansThatItDoesNotHelp() {
    Refusal refusal = new Refusal(1, "cpu", "cuda", "found");
    assertThat(Verdict.of(outcome(Optional.of(refusal), 1, 9, 0), false))
        .isEqualTo(Verdict.DOES_NOT_HELP);
  }

  @Test
  void logitsThatAreNotFiniteAreHiddenEvenIfTheTokensAreRight() {
    assertThat(Verdict.of(outcome(Optional.empty(), 1, 0, 0), true)).isEqualTo(Verdict.HIDES);
    assertThat(Verdict.of(outcome(Optional.empty(), 1, 0, 0), false)).isEqualTo(Verdict.HIDES);
  }

  @Test
  void rightTokensFromScoresThatOverflowedOrWereReplacedAreHiding() {
    assertThat(Verdict.of(outcome(Optional.empty(), 0, 1, 0), true)).isEqualTo(Verdict.HIDES);
    assertThat(Verdict.of(outcome(Optional.empty(), 0, 0, 1), true)).isEqualTo(Verdict.HIDES);
  }

  @Test
  void finiteLogitsAndOtherTokensChangeTheAnswer() {
    assertThat(Verdict.of(outcome(Optional.empty(), 0, 0, 0), false))
        .isEqualTo(Verdict.CHANGES_ANSWER);
    assertThat(Verdict.of(outcome(Optional.empty(), 0, 5, 0), false))
        .isEqualTo(Verdict.CHANGES_ANSWER);
  }

  @Test
  void onlyACleanRunWithTheSameTokensCures() {
    assertThat(Verdict.of(outcome(Optional.empty(), 0, 0, 0), true)).isEqualTo(Verdict.CURES);
  }

  @Test
  void answersDifferFromTheFirstTokenThatOneHasAndTheOtherHasNot() {
    Outcome one = outcome(Optional.empty(), 0, 0, 0, 5, 6, 7);
    assertThat(one.firstDifference(outcome(Optional.empty(), 0, 0, 0, 5, 6, 7))).isEmpty();
    assertThat(one.firstDifference(outcome(Optional.empty(), 0, 0, 0, 5, 9, 7))).hasValue(2);
    assertThat(one.firstDifference(outcome(Optional.empty(), 0, 0, 0, 5, 6))).hasValue(3);
  }
}

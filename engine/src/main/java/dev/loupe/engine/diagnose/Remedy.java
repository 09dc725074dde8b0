package dev.loupe.engine.diagnose;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.util.Locale;

/** What people do against the overflow of float16. */
public enum Remedy {
  FLOAT32("computes everything in float32, at twice the memory; the yardstick of this list"),
  BFLOAT16_EAGER(
      "bfloat16 reaches 3.4e38, so nothing overflows, but its scores have 8 bits: near 65,000 they"
          + " are 256 apart"),
  BFLOAT16_SDPA("the scores stay float32, and all else has bfloat16's range"),
  FLOAT16_SDPA(
      "the scores stay float32 and never meet float16's range; an overflow elsewhere would remain"),
  UPCAST_QK("queries and keys are widened first, so that scores and softmax are float32"),
  SCALE_FIRST(
      "queries are divided by the root of the head's size, and rounded, before they meet the keys:"
          + " the range ends that much later, and every score is rounded differently"),
  INF_TO_ZERO(
      "infinite scores become 0 after the mask: the strongest match counts as none, and a hidden key"
          + " whose score is -16 or less becomes visible, so that the future leaks into the past"),
  CLAMP(
      "if a score of a layer overflows, all are cut at 64504: those that overflowed become equal and"
          + " their order is lost"),
  REMOVE_INVALID("NaN logits become 0 before the draw, so that all tokens tie and chance decides"),
  PROBABILITY_FLOOR(
      "NaN probabilities become equal and positive, so that the draw succeeds and the answer is"
          + " noise"),
  GREEDY("argmax of NaN is index 0: no error, and token 0 at every step");

  private final String how;

  Remedy(String how) {
    this.how = how;
  }

  /** How it works and what it costs, in one sentence without a full stop. */
  public String how() {
    return how;
  }

  /** The run that tries it against the failure of {@code diagnosed}. */
  RunSettings settings(NumericsProfile diagnosed) {
    return switch (this) {
      case FLOAT32 -> RunSettings.of(NumericsProfile.FLOAT32);
      case BFLOAT16_EAGER -> RunSettings.of(NumericsProfile.of(DType.BF16, AttentionKind.EAGER));
      case BFLOAT16_SDPA -> RunSettings.of(NumericsProfile.of(DType.BF16, AttentionKind.SDPA));
      case FLOAT16_SDPA -> RunSettings.of(NumericsProfile.of(DType.F16, AttentionKind.SDPA));
      case UPCAST_QK -> eager(ScoreRemedy.UPCAST_QK, diagnosed);
      case SCALE_FIRST -> eager(ScoreRemedy.SCALE_FIRST, diagnosed);
      case INF_TO_ZERO -> eager(ScoreRemedy.INF_TO_ZERO, diagnosed);
      case CLAMP -> eager(ScoreRemedy.CLAMP, diagnosed);
      case REMOVE_INVALID -> new RunSettings(diagnosed, SamplingRemedy.REMOVE_INVALID, true);
      case PROBABILITY_FLOOR -> new RunSettings(diagnosed, SamplingRemedy.PROBABILITY_FLOOR, true);
      case GREEDY -> new RunSettings(diagnosed, SamplingRemedy.NONE, false);
    };
  }

  /** With products summed as in the failure, if they can be in float16. */
  private static RunSettings eager(ScoreRemedy remedy, NumericsProfile diagnosed) {
    NumericsProfile remedied = NumericsProfile.FLOAT16_EAGER.with(remedy);
    boolean float16 = diagnosed.compute() == DType.F16;
    return RunSettings.of(float16 ? remedied.with(diagnosed.accumulation()) : remedied);
  }

  /** As on the command line: {@code float16-sdpa}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

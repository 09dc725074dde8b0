package dev.loupe.engine.diagnose;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;

/**
 * The settings of one run of the prompt.
 *
 * @param profile the arithmetic
 * @param remedy what is done with bad probabilities before the draw
 * @param sampled whether tokens are drawn
 */
record RunSettings(NumericsProfile profile, SamplingRemedy remedy, boolean sampled) {

  /** Tokens are drawn, and bad probabilities refused. */
  static RunSettings of(NumericsProfile profile) {
    return new RunSettings(profile, SamplingRemedy.NONE, true);
  }

  /** Whether the decoder's scores are rounded to float16, so that they end at 65520. */
  boolean float16Scores() {
    return profile.compute() == DType.F16
        && profile.attention() == AttentionKind.EAGER
        && profile.remedy() != ScoreRemedy.UPCAST_QK;
  }

  /** Whether sums from the last term to the first, in float32 as well, are a fair comparison. */
  boolean hasOrder() {
    return float16Scores() && profile.accumulation().accumulator() == DType.F32;
  }

  /** The run that this one is compared with: float32, with draws if this run draws. */
  RunSettings reference() {
    return new RunSettings(NumericsProfile.FLOAT32, SamplingRemedy.NONE, sampled);
  }

  @Override
  public String toString() {
    return profile
        + (remedy == SamplingRemedy.NONE ? "" : ", " + remedy)
        + (sampled ? "" : ", greedy");
  }
}

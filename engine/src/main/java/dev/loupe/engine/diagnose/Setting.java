package dev.loupe.engine.diagnose;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;

/**
 * One way to run the prompt.
 *
 * @param profile the arithmetic
 * @param remedy what stands between bad probabilities and the draw
 * @param sampled whether tokens are drawn
 */
record Setting(NumericsProfile profile, SamplingRemedy remedy, boolean sampled) {

  /** Tokens are drawn, and bad probabilities refused. */
  static Setting of(NumericsProfile profile) {
    return new Setting(profile, SamplingRemedy.NONE, true);
  }

  /** Whether the decoder's scores are rounded to float16, so that they end at 65520. */
  boolean float16Scores() {
    return profile.compute() == DType.F16
        && profile.attention() == AttentionKind.EAGER
        && profile.remedy() != ScoreRemedy.UPCAST_QK;
  }

  /** The yardstick for this run: float32, drawing if it draws. */
  Setting reference() {
    return new Setting(NumericsProfile.FLOAT32, SamplingRemedy.NONE, sampled);
  }

  @Override
  public String toString() {
    return profile
        + (remedy == SamplingRemedy.NONE ? "" : ", " + remedy)
        + (sampled ? "" : ", greedy");
  }
}

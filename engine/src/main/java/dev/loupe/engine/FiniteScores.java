package dev.loupe.engine;

import dev.loupe.engine.sampling.LogitsProcessor;
import dev.loupe.engine.telemetry.NonFiniteEvent;
import dev.loupe.tensor.numerics.NumericsProfile;

/**
 * Refuses scores that are not finite. It checks them before the processors, which may set some to
 * -infinity on purpose.
 *
 * @param profile the arithmetic of the model, for the message
 * @param promptTokens before the answer
 */
record FiniteScores(NumericsProfile profile, int promptTokens) implements LogitsProcessor {

  @Override
  public void process(int[] ids, int length, float[] scores) {
    int bad = 0;
    for (float score : scores) {
      bad += Math.abs(score) < Float.POSITIVE_INFINITY ? 0 : 1;
    }
    if (bad > 0) {
      int step = length - promptTokens;
      NonFiniteEvent.happened(step, bad, scores.length, profile.toString());
      throw new NonFiniteLogitsException(step, bad, scores.length, profile.toString());
    }
  }
}

package dev.loupe.engine.sampling;

import java.util.BitSet;

/**
 * Makes every token that already occurred less likely: a negative score is multiplied by the
 * penalty, any other divided by it ({@code RepetitionPenaltyLogitsProcessor}).
 *
 * <p>Each distinct id is changed once, however often it occurs, and the prompt counts with all its
 * image placeholders. Ids beyond the vocabulary are passed over, as transformers does. The penalty
 * is rounded to float32 first and the division is a true one; on CUDA PyTorch multiplies by the
 * float32 reciprocal, which for 1.05 can differ in the last bit.
 *
 * @param penalty above 0; 1 changes nothing
 */
public record RepetitionPenalty(double penalty) implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public RepetitionPenalty {
    if (!(penalty > 0)) {
      throw new IllegalArgumentException(
          "repetition_penalty: expected a number above 0, found " + penalty);
    }
    // Scores are scaled in float32, where a smaller number is 0 and a larger one infinite.
    if ((float) penalty == 0 || (float) penalty > Float.MAX_VALUE) {
      throw new IllegalArgumentException(
          "repetition_penalty: expected a number within float32 (1e-45 to 3e38), found " + penalty);
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    float p = (float) penalty;
    var seen = new BitSet(scores.length);
    for (int i = 0; i < length; i++) {
      int id = ids[i];
      if (id < scores.length && !seen.get(id)) {
        seen.set(id);
        scores[id] = scores[id] < 0 ? scores[id] * p : scores[id] / p;
      }
    }
  }
}

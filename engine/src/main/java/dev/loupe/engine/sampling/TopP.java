package dev.loupe.engine.sampling;

import java.util.Arrays;

/**
 * Keeps the likeliest tokens that together hold the probability {@code p} ({@code
 * TopPLogitsWarper}): in ascending order of score, a token is removed while the cumulative
 * probability up to and including it is at most {@code 1 - p}; the last one always stays.
 *
 * <p>As in PyTorch on the CPU: {@code 1 - p} is computed in float64 and rounded to float32, the
 * probabilities are the {@linkplain TorchSoftmax softmax} of the <em>sorted</em> scores (the order
 * matters to its sum), and the cumulative sum runs in float64, each partial sum rounded to float32.
 *
 * <p>Where the cut falls between equal scores, {@code ties} decides which of them stay. It costs a
 * sort of the whole vocabulary, which is why the order is only established then.
 *
 * @param p from 0 to 1
 * @param ties the order among equal scores
 */
public record TopP(double p, TiePolicy ties) implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public TopP {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("top_p: expected a number from 0 to 1, found " + p);
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    float[] sorted = scores.clone();
    Arrays.sort(sorted);
    int removed = countRemoved(sorted);
    if (removed == 0) {
      return;
    }
    if (sorted[removed - 1] < sorted[removed]) {
      for (int i = 0; i < scores.length; i++) {
        if (scores[i] < sorted[removed]) {
          scores[i] = Float.NEGATIVE_INFINITY;
        }
      }
    } else {
      int[] order = ties.ascending(scores);
      for (int i = 0; i < removed; i++) {
        scores[order[i]] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** The number of tokens at the low end to remove; a NaN anywhere makes it 0. */
  private int countRemoved(float[] sorted) {
    float threshold = (float) (1 - p);
    float[] probabilities = TorchSoftmax.of(sorted);
    double cumulative = 0;
    int removed = 0;
    while (removed < sorted.length - 1) {
      cumulative += probabilities[removed];
      if (!((float) cumulative <= threshold)) {
        break;
      }
      removed++;
    }
    return removed;
  }
}

package dev.loupe.engine.sampling;

import java.util.PriorityQueue;

/**
 * Removes every token whose score is below the k-th largest ({@code TopKLogitsWarper}).
 *
 * <p>The comparison is strict, so all tokens that tie with the k-th survive: with {@code k = 1} and
 * a tied maximum several tokens remain. NaN counts as larger than every number, as in {@code
 * torch.topk}; where the k-th largest is NaN nothing is removed.
 *
 * @param k at least 1; above the size of the vocabulary it removes nothing
 */
public record TopK(int k) implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public TopK {
    if (k < 1) {
      throw new IllegalArgumentException("top_k: expected at least 1, found " + k);
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    if (k >= scores.length) {
      return;
    }
    float threshold = kthLargest(scores);
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] < threshold) {
        scores[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private float kthLargest(float[] scores) {
    var largest = new PriorityQueue<Float>(k);
    for (float score : scores) {
      if (largest.size() < k) {
        largest.add(score);
      } else if (Float.compare(score, largest.peek()) > 0) {
        largest.poll();
        largest.add(score);
      }
    }
    return largest.peek();
  }
}

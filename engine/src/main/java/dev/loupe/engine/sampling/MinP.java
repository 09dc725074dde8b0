package dev.loupe.engine.sampling;

/**
 * Removes every token whose probability is below {@code p} times that of the likeliest ({@code
 * MinPLogitsWarper}).
 *
 * <p>{@code p} is rounded to float32 before the product; the comparison is strict, so the likeliest
 * token always stays. A NaN among the scores makes all probabilities NaN and removes nothing.
 *
 * @param p from 0 to 1
 */
public record MinP(double p) implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public MinP {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("min_p: expected a number from 0 to 1, found " + p);
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    float[] probabilities = TorchSoftmax.of(scores);
    float largest = probabilities[0];
    for (float probability : probabilities) {
      largest = Math.max(largest, probability);
    }
    float threshold = (float) p * largest;
    for (int i = 0; i < scores.length; i++) {
      if (probabilities[i] < threshold) {
        scores[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}

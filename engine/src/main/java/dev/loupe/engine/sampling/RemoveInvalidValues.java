package dev.loupe.engine.sampling;

/**
 * Replaces NaN by 0 and the infinities by the largest and lowest float32 ({@code
 * InfNanRemoveLogitsProcessor}, {@code remove_invalid_values} in a generation config).
 *
 * <p>This hides a failure and does not cure it: a row that is all NaN becomes a row of ties, from
 * which a token is drawn at random. It is here because people use it.
 */
public record RemoveInvalidValues() implements LogitsProcessor {

  @Override
  public void process(int[] ids, int length, float[] scores) {
    for (int i = 0; i < scores.length; i++) {
      float score = scores[i];
      if (Float.isNaN(score)) {
        scores[i] = 0;
      } else if (Float.isInfinite(score)) {
        scores[i] = Math.copySign(Float.MAX_VALUE, score);
      }
    }
  }
}

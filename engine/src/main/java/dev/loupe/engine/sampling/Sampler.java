package dev.loupe.engine.sampling;

/** The choice of the next token from processed scores. */
@FunctionalInterface
public interface Sampler {

  /**
   * Chooses a token.
   *
   * @param scores one per token of the vocabulary, after the processors; left as they are
   * @return the index of the chosen token
   * @throws InvalidDistributionException if there is nothing to draw from, where the sampler draws
   */
  int next(float[] scores);
}

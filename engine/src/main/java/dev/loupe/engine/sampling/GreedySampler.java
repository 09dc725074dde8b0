package dev.loupe.engine.sampling;

/**
 * The token with the largest score, as {@code torch.argmax} finds it: the lowest index among
 * equals, and a NaN beats every number.
 *
 * <p>So greedy decoding never fails: once a row is all NaN it answers token 0 at every step, which
 * Qwen2's tokenizer prints as {@code !}.
 */
public final class GreedySampler implements Sampler {

  /** A sampler without state. */
  public GreedySampler() {}

  @Override
  public int next(float[] scores) {
    int best = 0;
    for (int i = 0; i < scores.length; i++) {
      if (Float.isNaN(scores[i])) {
        return i;
      }
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }
}

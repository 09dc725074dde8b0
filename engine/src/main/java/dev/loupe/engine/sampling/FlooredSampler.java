package dev.loupe.engine.sampling;

/**
 * A draw that cannot fail: NaN probabilities become 0, every token gets a small probability more,
 * and the sum is made 1 again. If all were NaN the draw is uniform, so the answer is noise.
 *
 * @param sampler makes the probabilities and the draw
 */
public record FlooredSampler(MultinomialSampler sampler) implements Sampler {

  /** What every probability gets more. */
  static final float FLOOR = 1e-6f;

  @Override
  public int next(float[] scores) {
    float[] p = sampler.probabilities(scores);
    float sum = 0;
    for (int i = 0; i < p.length; i++) {
      p[i] = (Float.isNaN(p[i]) ? 0 : p[i]) + FLOOR;
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return sampler.draw(p);
  }
}

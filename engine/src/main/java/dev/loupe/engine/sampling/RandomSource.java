package dev.loupe.engine.sampling;

/**
 * A generator of the draws that {@code torch.multinomial} makes. It moves with every call and
 * belongs to one request.
 */
@FunctionalInterface
public interface RandomSource {

  /**
   * Fills {@code q} with draws from the exponential distribution of mean 1, as {@code
   * exponential_(1)} fills a tensor of that many elements; not yet rounded to the tensor's type.
   */
  void exponential(double[] q);
}

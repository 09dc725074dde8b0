package dev.loupe.engine.sampling;

import dev.loupe.tensor.DType;

/**
 * One draw from the distribution, as transformers makes it: the softmax in float32, then {@code
 * torch.multinomial(probabilities, 1)}.
 *
 * <p>That function checks the distribution ({@link InvalidDistributionException}), fills a tensor
 * of the probabilities' type with draws q from the exponential distribution and returns the argmax
 * of p/q, each quotient rounded to the type (the exponential form of Gumbel's trick; PyTorch's
 * {@code multinomial_out}).
 *
 * <p>transformers hands it float32. The other types exist because people call it themselves with
 * what their model gives; float64 is there because PyTorch has it, and only PyTorch's CPU generator
 * makes float64 draws.
 *
 * <p>A sampler holds the state of its generator and a buffer: one request, one thread.
 */
public final class MultinomialSampler implements Sampler {
  private final RandomSource random;
  private final DType dtype;
  private double[] q = new double[0];

  /** A sampler of float32 probabilities. */
  public MultinomialSampler(RandomSource random) {
    this(random, DType.F32);
  }

  /**
   * A sampler of probabilities of the given type.
   *
   * @param dtype {@code F16}, {@code BF16}, {@code F32} or {@code F64}
   */
  public MultinomialSampler(RandomSource random, DType dtype) {
    switch (dtype) {
      case F16, BF16, F32, F64 -> {}
      default ->
          throw new IllegalArgumentException(
              "probabilities: expected F16, BF16, F32 or F64, found " + dtype);
    }
    this.random = random;
    this.dtype = dtype;
  }

  @Override
  public int next(float[] scores) {
    return draw(probabilities(scores));
  }

  /** The float32 softmax of {@code scores}, rounded to the type of the probabilities. */
  public float[] probabilities(float[] scores) {
    float[] probabilities = TorchSoftmax.of(scores);
    if (dtype == DType.F16 || dtype == DType.BF16) {
      for (int i = 0; i < probabilities.length; i++) {
        probabilities[i] = (float) rounded(probabilities[i]);
      }
    }
    return probabilities;
  }

  /**
   * Draws from a distribution, which need not add up to 1.
   *
   * @param probabilities values of the sampler's type
   * @return the index drawn
   * @throws InvalidDistributionException if PyTorch refuses the distribution; the generator has not
   *     moved then
   */
  public int draw(float[] probabilities) {
    check(probabilities);
    if (q.length != probabilities.length) {
      q = new double[probabilities.length];
    }
    random.exponential(q);
    int best = 0;
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < q.length; i++) {
      double ratio = ratio(probabilities[i], rounded(q[i]));
      if (ratio > largest) {
        largest = ratio;
        best = i;
      } else if (Double.isNaN(ratio)) {
        return i;
      }
    }
    return best;
  }

  /**
   * PyTorch's two checks in its order. The sum of numbers that are not negative is zero exactly
   * when all are, in every type and order of additions, so nothing is added here.
   */
  private static void check(float[] probabilities) {
    boolean allZero = true;
    for (float p : probabilities) {
      if (!(p >= 0 && p < Float.POSITIVE_INFINITY)) {
        throw InvalidDistributionException.of(
            InvalidDistributionException.Reason.INF_NAN_OR_NEGATIVE, probabilities);
      }
      allZero &= p == 0;
    }
    if (allZero) {
      throw InvalidDistributionException.of(
          InvalidDistributionException.Reason.ZERO_SUM, probabilities);
    }
  }

  private double ratio(double p, double draw) {
    return dtype == DType.F64 ? p / draw : rounded((float) p / (float) draw);
  }

  /** Rounds to the type; a float64 goes to 16 bits through float32, as in PyTorch's fills. */
  private double rounded(double value) {
    return switch (dtype) {
      case F64 -> value;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case BF16 -> roundedToBfloat16((float) value);
      default -> (float) value;
    };
  }

  /** To the nearest, ties to even: the dropped half of the word carries into the kept one. */
  private static float roundedToBfloat16(float value) {
    if (Float.isNaN(value)) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF_0000);
  }
}

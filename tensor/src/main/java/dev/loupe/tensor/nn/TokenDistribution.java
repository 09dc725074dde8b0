package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import java.lang.foreign.MemorySegment;

/**
 * The distribution that logits stand for: softmax in float32, as PyTorch computes it before a draw.
 * Where a logit is +infinity or NaN, all probabilities are NaN, and so are sum and entropy.
 *
 * @param logits how many there are
 * @param nonFinite how many of them are infinite or NaN
 * @param largest the largest logit; -infinity if all are NaN
 * @param margin how far the second largest lies below it, in steps of the compute type at the
 *     larger magnitude of the two; 0: they are equal
 * @param sum of the probabilities, in float64
 * @param zeros how many probabilities are 0
 * @param subnormals how many are below the smallest normal float32, and not 0
 * @param entropy in nats
 */
public record TokenDistribution(
    int logits,
    int nonFinite,
    float largest,
    double margin,
    double sum,
    int zeros,
    int subnormals,
    double entropy) {

  /** Sums go in as many parts: one addition need not wait for the other. */
  private static final int PARTS = 4;

  /**
   * The distribution of a row of logits.
   *
   * @param row [1, vocabSize] float32 that holds values of the compute type; stays as it is
   * @param w has the compute type, and scratch memory
   */
  public static TokenDistribution of(Tensor row, Workspace w) {
    try (var _ = w.frame()) {
      MemorySegment x = row.segment();
      int n = Math.toIntExact(row.shape().elements());
      MemorySegment p = w.copy(row).segment();
      w.kernels().softmax(DType.F32, p, 0, n);
      float largest = Float.NEGATIVE_INFINITY;
      float second = Float.NEGATIVE_INFINITY;
      int nonFinite = 0;
      for (int i = 0; i < n; i++) {
        float logit = at(x, i);
        nonFinite += Math.abs(logit) < Float.POSITIVE_INFINITY ? 0 : 1;
        if (logit > second) {
          second = Math.min(largest, logit);
          largest = Math.max(largest, logit);
        }
      }
      double[] sums = new double[PARTS];
      double[] below = new double[PARTS];
      float most = 0;
      int zeros = 0;
      int subnormals = 0;
      for (int i = 0; i < n; i++) {
        float probability = at(p, i);
        sums[i % PARTS] += probability;
        most = Math.max(most, probability);
        if (probability < Float.MIN_NORMAL) {
          zeros += probability == 0 ? 1 : 0;
          subnormals += probability == 0 ? 0 : 1;
        } else {
          below[i % PARTS] += (double) probability * (largest - at(x, i));
        }
      }
      // The largest logit has the probability 1 / (sum of all exponentials).
      double entropy = below[0] + below[1] + below[2] + below[3] - StrictMath.log(most);
      return new TokenDistribution(
          n,
          nonFinite,
          largest,
          (largest - (double) second) / step(w.compute(), largest, second),
          sums[0] + sums[1] + sums[2] + sums[3],
          zeros,
          subnormals,
          entropy);
    }
  }

  private static float at(MemorySegment x, int i) {
    return x.get(Tensor.FLOAT, 4L * i);
  }

  /** The distance of neighbours in a type at the larger magnitude. */
  private static double step(DType type, float a, float b) {
    int exponent = Math.max(Math.getExponent(a), Math.getExponent(b));
    return switch (type) {
      case F16 -> Math.scalb(1.0, Math.max(exponent, -14) - 10);
      case BF16 -> Math.scalb(1.0, Math.max(exponent, Float.MIN_EXPONENT) - 7);
      default -> Math.scalb(1.0, Math.max(exponent, Float.MIN_EXPONENT) - 23);
    };
  }
}

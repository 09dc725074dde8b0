package dev.loupe.engine.sampling;

/**
 * There is nothing to draw from: the probabilities are not a distribution.
 *
 * <p>The message is PyTorch's own sentence, so that it can be searched for. It says that the
 * model's numbers failed earlier, almost always by an overflow of float16.
 */
public final class InvalidDistributionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Which of PyTorch's checks failed, in the order in which it makes them. */
  public enum Reason {
    INF_NAN_OR_NEGATIVE("probability tensor contains either `inf`, `nan` or element < 0"),
    ZERO_SUM("invalid multinomial distribution (sum of probabilities <= 0)");

    private final String sentence;

    Reason(String sentence) {
      this.sentence = sentence;
    }

    /** What {@code torch.multinomial} says, word for word. */
    public String sentence() {
      return sentence;
    }
  }

  private final Reason reason;
  private final String found;

  private InvalidDistributionException(Reason reason, String found) {
    super(reason.sentence());
    this.reason = reason;
    this.found = found;
  }

  /** The exception for {@code probabilities}, which failed for {@code reason}. */
  static InvalidDistributionException of(Reason reason, float[] probabilities) {
    int nan = 0;
    int infinite = 0;
    int negative = 0;
    int zero = 0;
    for (float p : probabilities) {
      if (Float.isNaN(p)) {
        nan++;
      } else if (Float.isInfinite(p)) {
        infinite++;
      } else if (p < 0) {
        negative++;
      } else if (p == 0) {
        zero++;
      }
    }
    return new InvalidDistributionException(
        reason,
        "of %d probabilities %d are NaN, %d infinite, %d negative, %d zero"
            .formatted(probabilities.length, nan, infinite, negative, zero));
  }

  /** Which check failed. */
  public Reason reason() {
    return reason;
  }

  /** What the probabilities held instead, counted. */
  public String found() {
    return found;
  }

  /**
   * What Python sees on CUDA with PyTorch from about 2.6 on, as a {@code RuntimeError}, whichever
   * check failed. The checks run on the device there; PyTorch's sentence appears only in the line
   * that the device prints to stderr, and the CUDA context is lost. Earlier versions raise {@link
   * #getMessage} itself.
   */
  public String cudaMessage() {
    return "CUDA error: device-side assert triggered";
  }

  /** What to do about it. */
  public String remedy() {
    return "The model's numbers failed before the draw. `loupe diagnose` on the same picture and"
        + " prompt shows the first operation that overflowed and which remedy helps;"
        + " --dtype float32 avoids it.";
  }
}

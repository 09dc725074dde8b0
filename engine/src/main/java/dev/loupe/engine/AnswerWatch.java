package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.List;

/**
 * Looks at the numbers of one answer while it grows, and changes none. Called on the thread that
 * computes: what it does takes time from the answer, and an exception of it fails the answer.
 */
public interface AnswerWatch {

  /** Looks away. */
  AnswerWatch NONE = (logits, w) -> {};

  /** Whether {@link #peak} is wanted. Asked once, before the prompt is computed. */
  default boolean wantsPeaks() {
    return false;
  }

  /**
   * The largest score of eager attention in float16 so far, in decoder and tower. Called before
   * each {@link #logits}. What a cache knew of a prompt is not computed again, and not seen.
   */
  default void peak(ScorePeak peak) {}

  /**
   * The logits of the next token are there, not yet touched by penalties and other rules.
   *
   * @param logits [1, vocabSize], float32 that holds values of the compute type; not to be changed,
   *     and reused after this call returns
   * @param w has the arithmetic, and scratch memory in a frame
   */
  void logits(Tensor logits, Workspace w);

  /** The token was chosen from them. */
  default void chosen(int token) {}

  /** The answer is complete: no token follows. */
  default void completed() {}

  /**
   * None could be chosen, or a listener or watch failed: the answer ends with an exception, to
   * which one of this method is added as suppressed.
   */
  default void failed() {}

  /** Several of them, in this order. */
  static AnswerWatch all(List<AnswerWatch> watches) {
    List<AnswerWatch> some = watches.stream().filter(watch -> watch != NONE).toList();
    return switch (some.size()) {
      case 0 -> NONE;
      case 1 -> some.getFirst();
      default -> new AnswerWatches(some);
    };
  }
}

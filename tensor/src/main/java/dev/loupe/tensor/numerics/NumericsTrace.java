package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.util.List;

/**
 * An observer of a forward pass. Without one nothing is counted, named or copied.
 *
 * <p>Stages have the names of the golden files: {@code visual.patch_embed}, {@code
 * visual.blocks.N}, {@code visual.merger}, {@code inputs_embeds}, {@code layers.N}, {@code norm},
 * {@code logits}, and with eager attention {@code attention.N.nonfinite}. Operations have the
 * checkpoint's names: {@code model.layers.N.self_attn.q_proj}, or what their module computes,
 * {@code model.layers.N.self_attn.scores}.
 */
@FunctionalInterface
public interface NumericsTrace {

  /** An observer of nothing. */
  NumericsTrace NONE = (name, value) -> {};

  /**
   * An observer that shows everything to these, each what it wants.
   *
   * @param observers in the order in which they are told
   */
  static NumericsTrace all(List<NumericsTrace> observers) {
    List<NumericsTrace> some = observers.stream().filter(o -> o != NONE).toList();
    return switch (some.size()) {
      case 0 -> NONE;
      case 1 -> some.getFirst();
      default -> new TraceFork(some);
    };
  }

  /**
   * A stage has ended.
   *
   * @param name which
   * @param value its output [tokens, width]; the memory is reused after this call returns
   */
  void stage(String name, Tensor value);

  /**
   * Whether {@link #operation}, {@link #overflow}, {@link #near} and {@link #nearest} are wanted;
   * they cost about as much again.
   */
  default boolean wantsOperations() {
    return false;
  }

  /**
   * An operation has ended; these are the numbers that it rounded. Where the remedy {@link
   * ScoreRemedy#INF_TO_ZERO} is at work, {@code self_attn.masked_scores} are the hidden scores
   * after the mask was added: an infinite one becomes visible.
   */
  default void operation(String name, TensorStatistics statistics) {}

  /** A score of eager attention overflows float16: {@link ExtremeScore#overflows}. */
  default void overflow(ExtremeScore score) {}

  /** A score of eager attention stays below that by no more than {@link ExtremeScore#NEAR}. */
  default void near(ExtremeScore score) {}

  /**
   * A layer's eager scores were all computed; this one is the nearest to {@link
   * ExtremeScore#THRESHOLD}, on either side. Not called where all were NaN.
   */
  default void nearest(ExtremeScore score) {}
}

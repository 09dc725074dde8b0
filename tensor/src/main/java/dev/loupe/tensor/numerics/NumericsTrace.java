package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;

/**
 * An observer of a forward pass. It is told of each stage as it ends, by the name that the golden
 * files use: {@code visual.patch_embed}, {@code visual.blocks.N}, {@code visual.merger}, {@code
 * inputs_embeds}, {@code layers.N}, {@code norm}, {@code logits}.
 */
@FunctionalInterface
public interface NumericsTrace {

  /** An observer of nothing; stages are not even named for it. */
  NumericsTrace NONE = (name, value) -> {};

  /**
   * A stage has ended.
   *
   * @param name which
   * @param value its output [tokens, width]; the memory is reused after this call returns
   */
  void stage(String name, Tensor value);
}

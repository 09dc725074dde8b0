package dev.loupe.engine.sampling;

/**
 * A change to the scores of the next token, named after the class of the same purpose in
 * transformers ({@code generation/logits_process.py}, 5.18) and equal to it in every bit on
 * PyTorch's CPU.
 */
@FunctionalInterface
public interface LogitsProcessor {

  /**
   * Changes {@code scores} in place.
   *
   * @param ids the tokens so far, prompt first; only the first {@code length} count
   * @param length how many tokens there are, prompt and answer together
   * @param scores the float32 scores, one per token of the vocabulary
   */
  void process(int[] ids, int length, float[] scores);
}

package dev.loupe.engine;

import dev.loupe.engine.sampling.LogitsProcessor;
import dev.loupe.engine.sampling.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One token after the other ({@code GenerationMixin._sample} of transformers): process the scores,
 * choose, append, stop or run the model on the chosen token.
 *
 * @param processors change the scores before the choice
 * @param sampler chooses
 * @param eosTokenIds end the answer; the one that does is part of it
 * @param maxNewTokens the longest answer
 */
record GenerationLoop(
    LogitsProcessor processors, Sampler sampler, List<Integer> eosTokenIds, int maxNewTokens) {

  /** Runs the model on a token and returns the scores of what follows; may reuse the array. */
  @FunctionalInterface
  interface Model {
    float[] next(int token);
  }

  /** Told of each token; says whether to go on. */
  @FunctionalInterface
  interface Observer {
    boolean token(int token);
  }

  /** The answer so far. */
  record Outcome(List<Integer> tokens, FinishReason finishReason) {}

  /**
   * Answers.
   *
   * @param prompt the tokens before the answer, which the processors look at
   * @param scores of the first token of the answer; changed by the processors
   */
  Outcome run(int[] prompt, float[] scores, Model model, Observer observer) {
    int[] ids = Arrays.copyOf(prompt, prompt.length + maxNewTokens);
    List<Integer> answer = new ArrayList<>();
    float[] next = scores;
    while (true) {
      processors.process(ids, prompt.length + answer.size(), next);
      int token = sampler.next(next);
      ids[prompt.length + answer.size()] = token;
      answer.add(token);
      boolean goOn = observer.token(token);
      if (eosTokenIds.contains(token)) {
        return new Outcome(answer, FinishReason.STOP);
      }
      if (!goOn || Thread.currentThread().isInterrupted()) {
        return new Outcome(answer, FinishReason.CANCELLED);
      }
      if (answer.size() == maxNewTokens) {
        return new Outcome(answer, FinishReason.LENGTH);
      }
      next = model.next(token);
    }
  }
}

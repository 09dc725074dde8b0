package dev.loupe.engine;

import dev.loupe.engine.sampling.LogitsProcessor;
import dev.loupe.engine.sampling.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An answer token by token ({@code GenerationMixin._sample} of transformers): process the scores,
 * choose, append, stop or ask for the scores of what follows. Independent of the model, so one pass
 * over the weights can serve many of them.
 */
final class GenerationState {

  /**
   * What decides where an answer ends.
   *
   * @param eosTokenIds end it; the one that does is part of it
   * @param maxNewTokens the longest answer
   * @param guard against repetition
   */
  record Limits(List<Integer> eosTokenIds, int maxNewTokens, Optional<RepetitionGuard> guard) {}

  private final LogitsProcessor processors;
  private final Sampler sampler;
  private final Limits limits;
  private final AnswerText text;
  private final TokenListener listener;
  private final int promptTokens;
  private final int[] ids;
  private final List<Integer> answer = new ArrayList<>();
  private Optional<FinishReason> end = Optional.empty();

  /**
   * The beginning of an answer.
   *
   * @param prompt the tokens before it, which the processors read
   * @param processors change the scores before the choice
   * @param sampler chooses
   */
  GenerationState(
      int[] prompt,
      LogitsProcessor processors,
      Sampler sampler,
      Limits limits,
      AnswerText text,
      TokenListener listener) {
    this.processors = processors;
    this.sampler = sampler;
    this.limits = limits;
    this.text = text;
    this.listener = listener;
    this.promptTokens = prompt.length;
    this.ids = Arrays.copyOf(prompt, prompt.length + limits.maxNewTokens());
  }

  /**
   * Chooses the next token.
   *
   * @param scores of it; changed by the processors
   * @return whether another one follows, whose scores the model gives for {@link #lastToken}
   */
  boolean accept(float[] scores) {
    processors.process(ids, length(), scores);
    int token = sampler.next(scores);
    ids[length()] = token;
    answer.add(token);
    boolean stopped = text.push(token);
    end = end(token, stopped);
    boolean goOn = listener.token(token, end.isPresent() ? text.rest() : text.next());
    if (end.isEmpty() && (!goOn || Thread.currentThread().isInterrupted())) {
      end = Optional.of(FinishReason.CANCELLED);
    }
    return end.isEmpty();
  }

  private Optional<FinishReason> end(int token, boolean stopped) {
    if (stopped || limits.eosTokenIds().contains(token)) {
      return Optional.of(FinishReason.STOP);
    }
    if (limits.guard().isPresent() && limits.guard().get().repeats(answer)) {
      return Optional.of(FinishReason.REPETITION);
    }
    return answer.size() == limits.maxNewTokens()
        ? Optional.of(FinishReason.LENGTH)
        : Optional.empty();
  }

  /** The token chosen last. */
  int lastToken() {
    return answer.getLast();
  }

  /** How many more tokens there may be. */
  int room() {
    return limits.maxNewTokens() - answer.size();
  }

  /** Prompt and answer so far, in tokens. */
  int length() {
    return promptTokens + answer.size();
  }

  /** Prompt and answer. */
  int[] ids() {
    return Arrays.copyOf(ids, length());
  }

  List<Integer> answer() {
    return answer;
  }

  /** What was shown; all of the text unless the answer was cancelled. */
  String text() {
    return text.shown();
  }

  /** Why it ended. */
  FinishReason finishReason() {
    return end.orElseThrow();
  }
}

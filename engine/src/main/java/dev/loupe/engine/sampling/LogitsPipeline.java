package dev.loupe.engine.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * The processors that are active for one request, in transformers' order: repetition penalty, least
 * length, removal of invalid values, and for sampling temperature, top-k, top-p, min-p ({@code
 * GenerationMixin._get_logits_processor}; versions up to 4.45 had the last four in a list of their
 * own, applied right after).
 *
 * @param processors in the order in which they act
 */
public record LogitsPipeline(List<LogitsProcessor> processors) implements LogitsProcessor {

  /** Copies the list. */
  public LogitsPipeline {
    processors = List.copyOf(processors);
  }

  /**
   * The pipeline of a request.
   *
   * @param promptLength tokens of the prompt, which {@link MinNewTokens} does not count
   * @param eosTokenIds the tokens that end an answer
   * @throws IllegalArgumentException if a setting is out of its range
   */
  public static LogitsPipeline of(
      SamplingSettings settings, int promptLength, List<Integer> eosTokenIds) {
    var active = new ArrayList<LogitsProcessor>();
    if (settings.repetitionPenalty() != 1) {
      active.add(new RepetitionPenalty(settings.repetitionPenalty()));
    }
    if (settings.minNewTokens() != 0) {
      active.add(new MinNewTokens(promptLength, settings.minNewTokens(), eosTokenIds));
    }
    if (settings.removeInvalidValues()) {
      active.add(new RemoveInvalidValues());
    }
    if (settings.doSample()) {
      addWarpers(settings, active);
    }
    return new LogitsPipeline(active);
  }

  private static void addWarpers(SamplingSettings settings, List<LogitsProcessor> active) {
    if (settings.temperature() != 1) {
      active.add(new Temperature(settings.temperature()));
    }
    if (settings.topK() != 0) {
      active.add(new TopK(settings.topK()));
    }
    if (settings.topP() != 1) {
      active.add(new TopP(settings.topP(), settings.ties()));
    }
    if (settings.minP() != 0) {
      active.add(new MinP(settings.minP()));
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    for (LogitsProcessor processor : processors) {
      processor.process(ids, length, scores);
    }
  }
}

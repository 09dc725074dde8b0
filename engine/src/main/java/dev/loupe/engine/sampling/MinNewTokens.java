package dev.loupe.engine.sampling;

import java.util.List;

/**
 * Forbids the end of the answer while it is too short: the scores of the end tokens become minus
 * infinity ({@code MinNewTokensLengthLogitsProcessor}).
 *
 * @param promptLength tokens of the prompt, which do not count
 * @param minNewTokens the least number of tokens to generate; the end token may be the next one
 * @param eosTokenIds the tokens that end an answer
 */
public record MinNewTokens(int promptLength, int minNewTokens, List<Integer> eosTokenIds)
    implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public MinNewTokens {
    if (promptLength < 0) {
      throw new IllegalArgumentException(
          "prompt length: expected 0 or more, found " + promptLength);
    }
    if (minNewTokens < 0) {
      throw new IllegalArgumentException(
          "min_new_tokens: expected 0 or more, found " + minNewTokens);
    }
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    if (length - promptLength >= minNewTokens) {
      return;
    }
    for (int eos : eosTokenIds) {
      if (0 <= eos && eos < scores.length) {
        scores[eos] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}

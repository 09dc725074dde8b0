package dev.loupe.engine;

import java.util.List;

/**
 * An answer.
 *
 * @param text what it says, without control tokens
 * @param tokens its ids, the ending one included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt, pictures included
 * @param timings how long it took
 */
public record Generation(
    String text,
    List<Integer> tokens,
    FinishReason finishReason,
    int promptTokens,
    Timings timings) {

  /** Copies the tokens. */
  public Generation {
    tokens = List.copyOf(tokens);
  }
}

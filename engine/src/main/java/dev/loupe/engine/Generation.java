package dev.loupe.engine;

import java.util.List;

/**
 * An answer.
 *
 * @param text what it says, without control tokens and stop strings
 * @param tokens its ids, the ending one included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt, pictures included
 * @param cachedTokens how many of them were not computed again, because a session or batch had
 *     their keys and values
 * @param pictures the sizes of the pictures and clips of the prompt: pictures first, each kind in
 *     its order
 * @param timings how long it took
 */
public record Generation(
    String text,
    List<Integer> tokens,
    FinishReason finishReason,
    int promptTokens,
    int cachedTokens,
    List<PictureSize> pictures,
    Timings timings) {

  /** Copies the lists. */
  public Generation {
    tokens = List.copyOf(tokens);
    pictures = List.copyOf(pictures);
  }
}

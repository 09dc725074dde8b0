package dev.loupe.engine;

import java.util.List;
import java.util.Optional;

/**
 * An answer.
 *
 * @param text what it says, without control tokens and stop strings
 * @param tokens its ids, the ending one included
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt, pictures included
 * @param cachedTokens how many of them were not computed again, because a session or batch had
 *     their keys and values
 * @param guessedTokens how many passes over the weights right guesses spared
 * @param pictures the sizes of the pictures and clips of the prompt: pictures first, each kind in
 *     its order
 * @param timings how long it took
 * @param receipt what it was made of, if {@link Receipts} were asked for
 */
public record Generation(
    String text,
    List<Integer> tokens,
    FinishReason finishReason,
    int promptTokens,
    int cachedTokens,
    int guessedTokens,
    List<PictureSize> pictures,
    Timings timings,
    Optional<Receipt> receipt) {

  /** Copies the lists. */
  public Generation {
    tokens = List.copyOf(tokens);
    pictures = List.copyOf(pictures);
  }

  /** An answer without a receipt. */
  public Generation(
      String text,
      List<Integer> tokens,
      FinishReason finishReason,
      int promptTokens,
      int cachedTokens,
      int guessedTokens,
      List<PictureSize> pictures,
      Timings timings) {
    this(
        text,
        tokens,
        finishReason,
        promptTokens,
        cachedTokens,
        guessedTokens,
        pictures,
        timings,
        Optional.empty());
  }

  /** The same answer with a receipt. */
  Generation with(Receipt given) {
    return new Generation(
        text,
        tokens,
        finishReason,
        promptTokens,
        cachedTokens,
        guessedTokens,
        pictures,
        timings,
        Optional.of(given));
  }
}

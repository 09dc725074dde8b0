package dev.loupe.engine;

/** A prompt that leaves no room for an answer. */
public final class PromptTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  PromptTooLongException(int tokens, int imageTokens, int limit) {
    super(
        ("prompt: expected at most %d tokens (max_position_embeddings, less one for an answer), "
                + "found %d, of which %d are pictures and clips; "
                + "shorten the text or lower max_pixels")
            .formatted(limit - 1, tokens, imageTokens));
  }
}

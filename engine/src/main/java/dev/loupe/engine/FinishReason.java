package dev.loupe.engine;

import java.util.Locale;

/** Why an answer ended. */
public enum FinishReason {
  /** The model chose an end token, or a stop string occurred. */
  STOP,
  /** The allowed number of tokens, or the model's context, was used up. */
  LENGTH,
  /**
   * The {@linkplain GenerationOptions#repetitionGuard repetition guard} saw the same run of tokens
   * several times in succession. Only if the guard is switched on; OpenAI's protocol calls it
   * {@code length}.
   */
  REPETITION,
  /** The calling thread was interrupted, or a listener asked to stop. */
  CANCELLED;

  /** As it stands in JSON: {@code stop}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

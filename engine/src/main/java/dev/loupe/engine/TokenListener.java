package dev.loupe.engine;

/** Told of an answer while it is made. Called on the thread that asked for it. */
@FunctionalInterface
public interface TokenListener {

  /** Hears nothing and never stops. */
  TokenListener NONE = (id, text) -> true;

  /**
   * A token was chosen.
   *
   * @param id which
   * @param text what can be shown since the last call: empty while a character is incomplete, and
   *     for control tokens
   * @return whether to go on; otherwise the answer ends with {@link FinishReason#CANCELLED}
   */
  boolean token(int id, String text);
}

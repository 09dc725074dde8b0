package dev.loupe.engine;

import java.util.List;
import java.util.function.Consumer;

/** Gets an answer token by token. Called on the thread of the caller. */
@FunctionalInterface
public interface TokenListener {

  /** Ignores all tokens and never stops. */
  TokenListener NONE = (id, text) -> true;

  /**
   * A token was chosen.
   *
   * <p>All texts joined are the text of the answer. Text waits while a character is incomplete and
   * while it may be the beginning of a stop string; what waits comes with the last token.
   *
   * @param id which
   * @param text what can be shown since the last call; often empty, as for control tokens
   * @return whether to go on; otherwise the answer ends with {@link FinishReason#CANCELLED}, and
   *     its text with what was shown
   */
  boolean token(int id, String text);

  /** What looks at the numbers of the answer. Asked once, before the answer begins. */
  default AnswerWatch watch() {
    return AnswerWatch.NONE;
  }

  /** The same listener with another watch beside its own. */
  default TokenListener watchedBy(AnswerWatch other) {
    TokenListener listener = this;
    return new TokenListener() {
      @Override
      public boolean token(int id, String text) {
        return listener.token(id, text);
      }

      @Override
      public AnswerWatch watch() {
        return AnswerWatch.all(List.of(listener.watch(), other));
      }
    };
  }

  /** A listener that takes the text and never stops: {@code TokenListener.text(out::print)}. */
  static TokenListener text(Consumer<String> out) {
    return (id, text) -> {
      if (!text.isEmpty()) {
        out.accept(text);
      }
      return true;
    };
  }
}

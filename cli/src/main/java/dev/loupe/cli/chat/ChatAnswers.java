package dev.loupe.cli.chat;

import dev.loupe.engine.Generation;
import dev.loupe.engine.TokenListener;
import dev.loupe.io.Json;
import java.io.PrintStream;

/** Writes the answers of a conversation. */
interface ChatAnswers extends TokenListener {

  /** An answer is complete. */
  void answered(Generation answer);

  /** Text as it comes, then a line break. */
  static ChatAnswers text(PrintStream out) {
    return new ChatAnswers() {
      @Override
      public boolean token(int id, String text) {
        if (!text.isEmpty()) {
          out.print(text);
          out.flush();
        }
        return true;
      }

      @Override
      public void answered(Generation answer) {
        out.println();
      }
    };
  }

  /** One JSON object for each answer. */
  static ChatAnswers jsonl(PrintStream out) {
    return new ChatAnswers() {
      @Override
      public boolean token(int id, String text) {
        return true;
      }

      @Override
      public void answered(Generation answer) {
        out.println(
            Json.write(
                Json.object(
                    "prompt_tokens", answer.promptTokens(),
                    "cached_tokens", answer.cachedTokens(),
                    "text", answer.text(),
                    "tokens", answer.tokens(),
                    "finish_reason", answer.finishReason().toString())));
      }
    };
  }
}

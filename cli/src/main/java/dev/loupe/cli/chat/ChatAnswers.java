package dev.loupe.cli.chat;

import dev.loupe.cli.terminal.Json;
import dev.loupe.engine.Generation;
import dev.loupe.engine.TokenListener;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

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
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("prompt_tokens", answer.promptTokens());
        row.put("cached_tokens", answer.cachedTokens());
        row.put("text", answer.text());
        row.put("tokens", answer.tokens());
        row.put("finish_reason", answer.finishReason().toString());
        out.println(Json.write(row));
      }
    };
  }
}

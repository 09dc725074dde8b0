package dev.loupe.cli.tokenize;

import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * JSON lines of {@code tokenize}.
 *
 * @param tokenizer of the model
 * @param decode from ids to text
 * @param controlTokens whether to read control tokens in a text as such
 */
record TokenizeJson(Tokenizer tokenizer, boolean decode, boolean controlTokens) {

  /**
   * One line of output: text, ids, and the tokens as the vocabulary spells them.
   *
   * @param subject name of the line in messages
   * @throws IllegalArgumentException if the line is not such an object
   */
  String line(String line, String subject) {
    try {
      JsonObject in = Json.readLine(line);
      int[] ids = decode ? ids(in) : encode(in.requiredText("text"));
      return Json.write(
          Json.object(
              "text",
              decode ? tokenizer.decode(ids, false) : in.requiredText("text"),
              "ids",
              ids,
              "tokens",
              Arrays.stream(ids).mapToObj(id -> tokenizer.token(id).orElse("")).toList()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(subject + ": " + e.getMessage(), e);
    }
  }

  private int[] encode(String text) {
    return controlTokens ? tokenizer.encodeWithControlTokens(text) : tokenizer.encode(text);
  }

  private int[] ids(JsonObject in) {
    if (in.value("ids").orElse("") instanceof List<?> list) {
      return list.stream()
          .mapToInt(id -> TokenizeText.knownId(tokenizer, String.valueOf(id), "ids"))
          .toArray();
    }
    throw in.wrong("ids", "a list of token ids");
  }
}

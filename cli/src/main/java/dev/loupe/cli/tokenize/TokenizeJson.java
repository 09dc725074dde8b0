package dev.loupe.cli.tokenize;

import dev.loupe.cli.terminal.Json;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    Map<String, Object> in = Json.read(line, subject);
    int[] ids = decode ? ids(in.get("ids"), subject) : encode(in.get("text"), subject);
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("text", decode ? tokenizer.decode(ids, false) : in.get("text"));
    out.put("ids", ids);
    out.put("tokens", Arrays.stream(ids).mapToObj(id -> tokenizer.token(id).orElse("")).toList());
    return Json.write(out);
  }

  private int[] encode(Object text, String subject) {
    if (text instanceof String s) {
      return controlTokens ? tokenizer.encodeWithControlTokens(s) : tokenizer.encode(s);
    }
    throw wrong(subject + ": text", "a string", text);
  }

  private int[] ids(Object ids, String subject) {
    if (ids instanceof List<?> list) {
      return list.stream()
          .mapToInt(id -> TokenizeText.knownId(tokenizer, String.valueOf(id), subject + ": ids"))
          .toArray();
    }
    throw wrong(subject + ": ids", "a list of token ids", ids);
  }

  private static IllegalArgumentException wrong(String subject, String expected, Object found) {
    return new IllegalArgumentException(
        "%s: expected %s, found %s"
            .formatted(subject, expected, found == null ? "nothing" : found));
  }
}

package dev.loupe.cli.tokenize;

import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Plain lines of {@code tokenize}.
 *
 * @param tokenizer of the model
 * @param decode from ids to text
 * @param controlTokens whether to read control tokens in a text as such
 */
record TokenizeText(Tokenizer tokenizer, boolean decode, boolean controlTokens) {

  /**
   * One line of output.
   *
   * @param subject what messages call the line
   * @throws IllegalArgumentException if ids are expected and something else is found
   */
  String line(String line, String subject) {
    if (decode) {
      return tokenizer.decode(ids(line, subject), false);
    }
    int[] ids = controlTokens ? tokenizer.encodeWithControlTokens(line) : tokenizer.encode(line);
    return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  private int[] ids(String line, String subject) {
    String[] words = line.strip().isEmpty() ? new String[0] : line.strip().split("[\\s,]+");
    int[] ids = new int[words.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = knownId(tokenizer, words[i], subject);
    }
    return ids;
  }

  /** The id in a word; it must be in the vocabulary. */
  static int knownId(Tokenizer tokenizer, String word, String subject) {
    int id = word.matches("\\d{1,9}") ? Integer.parseInt(word) : -1;
    if (tokenizer.token(id).isEmpty()) {
      throw new IllegalArgumentException(
          "%s: expected token ids below %d, found %s"
              .formatted(subject, tokenizer.size(), id < 0 ? '"' + word + '"' : word));
    }
    return id;
  }
}

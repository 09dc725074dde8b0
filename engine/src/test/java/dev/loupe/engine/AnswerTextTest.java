package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an answer shows while it grows. */
class AnswerTextTest {
  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() throws IOException {
    tokenizer = ModelParts.tokenizer(BuiltInModel.files(), Optional.empty());
  }

  /** The pieces shown; the last is what came with the last token. */
  private static List<String> pieces(String text, String... stops) {
    AnswerText answer = new AnswerText(tokenizer.newStreamingDecoder(true), List.of(stops));
    List<String> pieces = new ArrayList<>();
    for (int id : tokenizer.encode(text)) {
      if (answer.push(id)) {
        break;
      }
      pieces.add(answer.next());
    }
    pieces.add(answer.rest());
    assertThat(answer.shown()).isEqualTo(String.join("", pieces));
    return pieces;
  }

  private static String shown(String text, String... stops) {
    return String.join("", pieces(text, stops));
  }

  @Test
  void everyPossibleStopStringEndsTheTextBeforeItself() {
    String text = "A small blue triangle to the left of a small black ring.";
    for (int from = 0; from < text.length(); from++) {
      for (int to = from + 1; to <= text.length(); to++) {
        String stop = text.substring(from, to);
        assertThat(shown(text, stop)).as(stop).isEqualTo(text.substring(0, text.indexOf(stop)));
      }
    }
  }

  @Test
  void theEarliestOfSeveralStopStringsEndsTheText() {
    assertThat(shown("one two three", "three", "two", "o thr")).isEqualTo("one ");
    assertThat(shown("one two three", "four")).isEqualTo("one two three");
  }

  @Test
  void whatMayBecomeAStopStringWaitsUntilItDoesNot() {
    // "aab" after "aaab": the held "aa" is shown one character at a time.
    assertThat(shown("xaaab", "aab")).isEqualTo("xa");
    assertThat(shown("xaaac", "aab")).isEqualTo("xaaac");
    assertThat(pieces("so long", "long ago").getLast()).endsWith("long");
  }

  @Test
  void noPieceHasHalfACharacter() {
    String text = "é 😀 漢字 👩‍🚀!";
    assertThat(tokenizer.encode("😀").length).as("more tokens than characters").isGreaterThan(1);
    for (String piece : pieces(text, "😁", "字x")) {
      assertThat(piece).doesNotContain("\uFFFD");
      assertThat(piece.codePoints()).allMatch(c -> c < 0xD800 || c > 0xDFFF);
    }
    assertThat(shown(text)).isEqualTo(text);
    assertThat(shown(text, "👩")).isEqualTo("é 😀 漢字 ");
  }

  @Test
  void aTextThatBreaksOffInsideACharacterEndsWithTheReplacementCharacter() {
    AnswerText answer = new AnswerText(tokenizer.newStreamingDecoder(true), List.of());
    answer.push(tokenizer.encode("😀")[0]);
    assertThat(answer.next()).isEmpty();
    assertThat(answer.rest()).isEqualTo("\uFFFD");
  }
}

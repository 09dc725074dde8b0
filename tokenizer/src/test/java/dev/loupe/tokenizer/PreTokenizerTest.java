package dev.loupe.tokenizer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PreTokenizerTest {
  /** {@link PreTokenizer#PATTERN} with Java's names for the same classes. */
  private static final Pattern REGEX =
      Pattern.compile(
          "(?iu:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
              + "| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+[\\r\\n]*|\\p{IsWhite_Space}*[\\r\\n]+"
              + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

  /** Pieces of the tokenizers library, noted in the reference, section 4.3. */
  @Test
  void piecesAreThoseOfTheTokenizersLibrary() {
    assertThat(PreTokenizer.split("I'Ll don't WE'RE 'Sabc"))
        .containsExactly("I", "'Ll", " don", "'t", " WE", "'RE", " '", "Sabc");
    assertThat(PreTokenizer.split(" Hello  world   !"))
        .containsExactly(" Hello", " ", " world", "  ", " !");
    assertThat(PreTokenizer.split("a\r\n\r\n b\n\n"))
        .containsExactly("a", "\r\n\r\n", " b", "\n\n");
    assertThat(PreTokenizer.split("   \n  x")).containsExactly("   \n", " ", " x");
    assertThat(PreTokenizer.split("abc123def  45"))
        .containsExactly("abc", "1", "2", "3", "def", " ", " ", "4", "5");
    assertThat(PreTokenizer.split("x;}\n\ny")).containsExactly("x", ";}\n\n", "y");
    assertThat(PreTokenizer.split("tab\t\tend  ")).containsExactly("tab", "\t", "\tend", "  ");
    assertThat(PreTokenizer.split("你好，世界 2024年"))
        .containsExactly("你好", "，世界", " ", "2", "0", "2", "4", "年");
    assertThat(PreTokenizer.split("don’t")).containsExactly("don", "’t");
    assertThat(PreTokenizer.split("'ſabc")).containsExactly("'ſ", "abc");
    assertThat(PreTokenizer.split("")).isEmpty();
  }

  @Test
  void theScannerIsTheRegularExpressionOnRandomTexts() {
    String[] alphabet = {
      "'", "s", "S", "ſ", "T", "r", "e", "v", "l", "L", "m", "d", "x", "é", "中", "𝔘", "1", "Ⅷ",
      "½", " ", " ", "\n", "\r", "\t", "\u0085", "\u00a0", "\u2028", "\u3000", "\u180e", ".", "#",
      "\u0301", "\u200d", "👍", "_", "\0"
    };
    Random random = new Random(7);
    for (int n = 0; n < 200_000; n++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(alphabet[random.nextInt(alphabet.length)]);
      }
      assertThat(PreTokenizer.split(text.toString())).isEqualTo(byRegex(text.toString()));
    }
  }

  @Test
  void everyCharacterIsInTheClassThatTheRegularExpressionSays() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        String s = Character.toString(c);
        String text = "." + s + "a" + s + s + " " + s + "1" + s + "\n";
        List<String> pieces = PreTokenizer.split(text);
        if (!pieces.equals(byRegex(text))) { // building a description a million times is slow
          assertThat(pieces).as("U+%04X", c).isEqualTo(byRegex(text));
        }
      }
    }
  }

  /** A regular expression engine overflows its stack here, and a careless scanner is quadratic. */
  @Test
  @Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aMegabyteOfOneCharacterIsCutInOnePass() {
    int n = 1 << 20;
    assertThat(PreTokenizer.split("a".repeat(n))).containsExactly("a".repeat(n));
    assertThat(PreTokenizer.split("\n".repeat(n))).hasSize(1);
    assertThat(PreTokenizer.split("-".repeat(n))).hasSize(1);
    assertThat(PreTokenizer.split("'".repeat(n))).hasSize(1);
    assertThat(PreTokenizer.split("1".repeat(n))).hasSize(n);
    assertThat(PreTokenizer.split(" ".repeat(n) + "x")).containsExactly(" ".repeat(n - 1), " x");
    assertThat(PreTokenizer.split("\n" + " ".repeat(n) + "1")).hasSize(4);
    assertThat(PreTokenizer.split("\n ".repeat(n / 2))).hasSize(2);
  }

  private static List<String> byRegex(String text) {
    List<String> pieces = new ArrayList<>();
    Matcher matcher = REGEX.matcher(text);
    while (matcher.find()) {
      pieces.add(matcher.group());
    }
    return pieces;
  }
}

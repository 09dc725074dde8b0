package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
  /** The examples of the Unicode Standard, tables 3-8 to 3-11, and sequences cut off. */
  @ParameterizedTest
  @CsvSource({
    "C0 AF E0 80 BF F0 81 82 41, ????????A",
    "ED A0 80 ED BF BF ED AF 41, ????????A",
    "F4 91 92 93 FF 41 80 BF 42, ?????A??B",
    "E1 80 E2 F0 91 92 F1 BF 41, ????A",
    "ED A0, ??",
    "ED 9F, ?",
    "F0 9F 91, ?",
    "F0 8F, ??",
    "F4 90, ??",
    "C3, ?"
  })
  void eachMaximalInvalidSubpartBecomesOneReplacementCharacter(String hex, String text) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    assertThat(Utf8.decode(bytes, bytes.length)).isEqualTo(text.replace('?', '\uFFFD'));
  }

  @Test
  void everyCodePointComesBackAndEachOfItsPrefixesIsUnfinished() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        String s = Character.toString(c);
        byte[] bytes = s.getBytes(UTF_8);
        boolean right = Utf8.decode(bytes, bytes.length).equals(s);
        for (int length = 0; length <= bytes.length; length++) {
          int unfinished = length == bytes.length ? 0 : length;
          right &= Utf8.unfinishedLength(Arrays.copyOf(bytes, length)) == unfinished;
        }
        assertThat(right).as("U+%04X", c).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"41, 0", "80, 0", "C0, 0", "C1, 0", "E0 80, 0", "ED A0, 0", "F5, 0", "E4 C3, 1"})
  void bytesThatNothingCanCompleteAreNotUnfinished(String hex, int length) {
    assertThat(Utf8.unfinishedLength(HexFormat.ofDelimiter(" ").parseHex(hex))).isEqualTo(length);
  }
}

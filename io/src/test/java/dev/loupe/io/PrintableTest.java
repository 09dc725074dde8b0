package dev.loupe.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  @ParameterizedTest
  @CsvSource({
    "001b, escape of a terminal",
    "000a, line feed",
    "000d, carriage return",
    "0000, NUL",
    "007f, delete",
    "009b, CSI of 8 bits",
    "2028, separator of lines",
    "2029, separator of paragraphs",
    "202e, right-to-left override",
    "2066, left-to-right isolate",
    "200f, right-to-left mark",
    "061c, Arabic letter mark",
    "feff, byte-order mark",
    "200b, zero width space",
    "d800, half of a surrogate pair",
  })
  void aCharacterThatIsNotSeenAsItselfIsShownByItsNumber(String hex, String what) {
    char character = (char) Integer.parseInt(hex, 16);
    assertThat(Printable.escape("a" + character + "b")).as(what).isEqualTo("a\\u" + hex + "b");
  }

  @Test
  void aHiddenCharacterOfTwoUnitsIsShownByBoth() {
    assertThat(Printable.escape(Character.toString(0xe0041))).isEqualTo("\\udb40\\udc41");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "visual.blocks.0.attn.qkv.weight",
        "Foto \u00e4\u00f6\u00fc \u0645\u06cc\u200c\u0631\u0648\u0645 \ud83d\udc68\u200d\ud83d\udc69 C:\\a"
      })
  void ordinaryTextOfAnyLanguageStaysAsItIs(String text) {
    assertThat(Printable.escape(text)).isSameAs(text);
  }

  @Test
  void whatIsEscapedOnceStaysAsItIs() {
    String escaped = Printable.escape("a\u001b[2J\u202e");
    assertThat(Printable.escape(escaped)).isSameAs(escaped);
  }

  @Test
  void theNumberHasTheDigitsOfAsciiInEveryLanguage() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-u-nu-arabext"));
    try {
      assertThat(Printable.escape("\u001b")).isEqualTo("\\u001b");
    } finally {
      Locale.setDefault(before);
    }
  }
}

package dev.loupe.tokenizer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NfcTest {
  /** Marks of the classes 1, 9, 103, 129, 130, 202, 220, 230, 240, of class 0, and compositions. */
  private static final int[] MARKS = {
    0x334, 0x94D, 0xE38, 0xF71, 0xF72, 0xF73, 0x327, 0x323, 0x316, 0x301, 0x308, 0x344, 0x345,
    0x93E, 0x1D165, 0x20DD
  };

  @Test
  void longRunsOfMarksGiveWhatTheJdkGives() {
    Random random = new Random(3);
    String[] between = {"", "a", "\u00e9", "\u1e9b", "\u0915", "中", " ", "👍"};
    for (int n = 0; n < 500; n++) {
      StringBuilder text = new StringBuilder();
      for (int run = 0; run < 3; run++) {
        text.append(between[random.nextInt(between.length)]);
        for (int i = random.nextInt(150); i > 0; i--) {
          text.appendCodePoint(MARKS[random.nextInt(MARKS.length)]);
        }
      }
      assertThat(Nfc.normalize(text.toString()))
          .isEqualTo(Normalizer.normalize(text, Normalizer.Form.NFC));
    }
  }

  @Test
  void noMarkHasAHigherClassThanTheOneTakenForTheHighest() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        String decomposed = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFD);
        String pair = decomposed + "\u0345";
        if (!Normalizer.isNormalized(pair, Normalizer.Form.NFD)) {
          assertThat(c).as("U+%04X", c).isEqualTo(0x345);
        }
      }
    }
  }

  @Test
  void theNormalFormOfTransformersTestIsReached() {
    assertThat(Nfc.normalize("\u03d2\u0301\u03d2\u0308\u017f\u0307"))
        .isEqualTo("\u03d3\u03d4\u1e9b");
  }

  /** The JDK alone takes minutes: its insertion sort moves 10^11 marks. */
  @Test
  @Timeout(value = 30, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aMegabyteOfAlternatingMarksIsOrderedInTime() {
    int n = 1 << 19;
    assertThat(Nfc.normalize("a" + "\u0301\u0323".repeat(n)))
        .isEqualTo("\u1ea1" + "\u0323".repeat(n - 1) + "\u0301".repeat(n));
  }
}

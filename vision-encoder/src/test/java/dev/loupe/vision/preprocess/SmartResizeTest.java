package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartResizeTest {

  /** From runs of transformers' {@code smart_resize}, factor 28. */
  @ParameterizedTest
  @CsvSource({
    "561, 278, 560, 280, 560, 280",
    "42, 70, 56, 56, 56, 56",
    "98, 126, 112, 112, 112, 112",
    "14, 42, 56, 112, 56, 112",
    "20, 20, 56, 56, 56, 56",
    "10, 400, 28, 364, 28, 364",
    "1, 200, 28, 812, 28, 812",
    "13, 300, 28, 280, 28, 280",
    "224, 224, 224, 224, 224, 224",
    "480, 640, 476, 644, 476, 644",
    "1080, 1920, 728, 1316, 1092, 1932",
    "2160, 3840, 728, 1316, 2156, 3836",
    "4000, 3000, 1148, 840, 4004, 2996",
    "8000, 6000, 1148, 840, 4116, 3080",
    "3600, 3600, 980, 980, 3584, 3584",
    "28, 5600, 28, 5600, 28, 5600",
    "700, 1003, 700, 1008, 700, 1008",
    "69, 70, 56, 56, 56, 56"
  })
  void bothLimitsGiveTheReferencesSize(
      int height, int width, int h, int w, int checkpointH, int checkpointW) {
    assertThat(new SmartResize(28, 3136, 1003520).apply("picture", height, width))
        .isEqualTo(new SmartResize.Size(h, w));
    assertThat(new SmartResize(28, 3136, 12845056).apply("picture", height, width))
        .isEqualTo(new SmartResize.Size(checkpointH, checkpointW));
  }

  @Test
  void aStripOfMoreThanTwoHundredToOneIsRefused() {
    SmartResize resize = new SmartResize(28, 3136, 1003520);
    assertThat(resize.apply("strip.png", 10, 2000).height()).isEqualTo(28);
    assertThatThrownBy(() -> resize.apply("strip.png", 10, 2001))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "strip.png: expected sides in a ratio of at most 200:1, found 2001 x 10; crop or pad"
                + " the picture");
  }

  @Test
  void aResultThatNoArrayHoldsIsRefused() {
    assertThatThrownBy(() -> new SmartResize(28, 1L << 40, 1L << 41).apply("small.png", 100, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("small.png: expected at most 2^31 - 1 samples after resizing");
  }

  @Test
  void limitsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(() -> new SmartResize(28, 3136, 3135))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found min_pixels 3136, max_pixels 3135");
  }
}

package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.loupe.testkit.pictures.OddPictures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Forty pictures of each odd kind, and what Pillow 12.3 makes of them, by the recipe of {@link
 * EdgePicturesTest}: size, and the begin of SHA-256 of the samples.
 *
 * <p>Where {@code exif_transpose} fails, the picture is upright. Refused are what Pillow refuses,
 * and {@code hostile-34.jpg}, which has 1000 scans. Where Pillow refuses a file for an odd profile,
 * text or TIFF field, the value is that of the same picture without it.
 */
class OddPicturesTest {
  private static final Map<String, byte[]> PICTURES = OddPictures.all();
  private static final Map<String, String> EXPECTED = expected();

  private static Map<String, String> expected() {
    Map<String, String> results = new TreeMap<>();
    new String(Pictures.file("odd-pictures.txt"), StandardCharsets.US_ASCII)
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(pair -> results.put(pair[0], pair[1]));
    return results;
  }

  static Stream<String> names() {
    return EXPECTED.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void thePictureEqualsPillowsOrIsRefusedInWords(String name) throws IOException {
    String expected = EXPECTED.get(name);
    if (expected.equals("refused")) {
      assertThatExceptionOfType(ImageFormatException.class)
          .isThrownBy(() -> new ImageDecoder().decode(PICTURES.get(name), name))
          .withMessageMatching(name + ".*: expected .*, found .*; .*");
      return;
    }
    RgbImage picture = new ImageDecoder().decode(PICTURES.get(name), name);
    String digest = Pictures.sha256(picture.samples()).substring(0, 32);
    assertThat("%dx%d %s".formatted(picture.width(), picture.height(), digest)).isEqualTo(expected);
  }

  @Test
  void thereAreFortyOfEachKindAndFewAreRefused() {
    assertThat(EXPECTED.keySet()).isEqualTo(PICTURES.keySet()).hasSize(7 * OddPictures.OF_EACH);
    assertThat(EXPECTED.values().stream().filter("refused"::equals)).hasSizeLessThan(20);
  }
}

package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExifOrientationTest {

  /** Two rows of three: 1 2 3 over 4 5 6. The results are the definition of the EXIF tag. */
  @ParameterizedTest
  @CsvSource({
    "1, 123 456",
    "2, 321 654",
    "3, 654 321",
    "4, 456 123",
    "5, 14 25 36",
    "6, 41 52 63",
    "7, 63 52 41",
    "8, 36 25 14",
    "0, 123 456",
    "9, 123 456"
  })
  void eachValueTurnsThePictureUpright(int value, String expected) {
    byte[] samples = new byte[18];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (10 * (i / 3 + 1) + i % 3);
    }
    RgbImage upright = ExifOrientation.of(value).apply(RgbImage.of(3, 2, samples));
    StringBuilder found = new StringBuilder();
    for (int y = 0; y < upright.height(); y++) {
      found.append(y == 0 ? "" : " ");
      for (int x = 0; x < upright.width(); x++) {
        found.append(upright.sample(x, y, 0) / 10);
        assertThat(upright.sample(x, y, 2) - upright.sample(x, y, 0)).isEqualTo(2);
      }
    }
    assertThat(found).hasToString(expected);
  }

  @Test
  void damagedMetadataLeaveThePictureAsItIs() throws IOException {
    byte[] file = Pictures.file("edge/exif-6.jpg");
    int exif = new String(file, StandardCharsets.ISO_8859_1).indexOf("Exif");
    Arrays.fill(file, exif + 6, exif + 14, (byte) 0x55);
    assertThat(new ImageDecoder().decode(file, "a.jpg").samples())
        .isEqualTo(Pictures.decode("edge/exif-1.jpg").samples());
  }
}

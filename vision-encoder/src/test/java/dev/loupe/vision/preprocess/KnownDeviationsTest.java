package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.vision.image.Pictures;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where Loupe is known to differ from Pillow, by how much, and that it does not grow. The expected
 * pictures are Pillow 12.3's RGB (libwebp 1.6.0, libjpeg-turbo), stored as PNG. The bounds are what
 * was measured with TwelveMonkeys 3.15.0 and Temurin 25.0.3, rounded up in the last place.
 */
class KnownDeviationsTest {

  /** Most of it comes from colours: chroma is repeated where libwebp interpolates. */
  @ParameterizedTest
  @CsvSource({
    "rgb-200x133-lossy.webp, 74, 2.70, 0.757",
    "edge/lossy.webp, 73, 6.84, 0.873",
    "edge/lossy-odd.webp, 71, 8.52, 0.912",
    "edge/lossy-alpha.webp, 59, 3.58, 0.740"
  })
  void lossyWebpStaysAsNearAsItWasMeasured(String name, int max, double mean, double share)
      throws IOException {
    compare(name, max, mean, share);
  }

  /** JDKs built with the system's libjpeg-turbo show no difference at all. */
  @ParameterizedTest
  @CsvSource("edge/jpeg-440.jpg, 57, 3.22, 0.804")
  void jpegWithHalvedChromaRowsStaysAsNearAsItWasMeasured(
      String name, int max, double mean, double share) throws IOException {
    compare(name, max, mean, share);
  }

  private static void compare(String path, int max, double mean, double share) throws IOException {
    byte[] found = Pictures.decode(path).toByteArray();
    String name = path.substring(path.indexOf('/') + 1);
    byte[] expected = Pictures.decode("expected/" + name + ".png").toByteArray();
    assertThat(found).hasSameSizeAs(expected);
    int largest = 0;
    int differing = 0;
    long sum = 0;
    for (int i = 0; i < found.length; i++) {
      int difference = Math.abs((found[i] & 0xff) - (expected[i] & 0xff));
      largest = Math.max(largest, difference);
      sum += difference;
      differing += difference == 0 ? 0 : 1;
    }
    assertThat(largest).isLessThanOrEqualTo(max);
    assertThat((double) sum / found.length).isLessThanOrEqualTo(mean);
    assertThat((double) differing / found.length).isLessThanOrEqualTo(share);
  }
}

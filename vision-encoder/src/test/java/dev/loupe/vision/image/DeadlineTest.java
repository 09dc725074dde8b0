package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.pictures.OddPictures;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The time for a picture. Nothing but the decoders' own calls asks the clock, on the thread that
 * decodes: an exception proves that the decoder itself was left.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlineTest {
  private static final Duration NONE = Duration.ofNanos(1);
  private static final Map<String, byte[]> ODD = OddPictures.all();

  @ParameterizedTest
  @CsvSource({
    "rgb-640x480.png, PNG",
    "edge/adam7.png, PNG",
    "rgb-1600x1200.jpg, JPEG",
    "rgb-333x251-progressive.jpg, JPEG",
    "palette-140x100.gif, GIF",
    "rgb-130x70.bmp, BMP",
    "edge/rle8.bmp, BMP",
    "rgb-150x110.tiff, TIFF",
    "edge/deflate.tiff, TIFF",
    "rgb-200x133-lossy.webp, WEBP"
  })
  void theDecoderOfEachFormatIsLeftWhenTheTimeIsOver(String name, String format) {
    byte[] file = Pictures.file(name);
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> new ImageDecoder().timeout(NONE).decode(file, "slow"))
        .withMessage(
            "slow: expected a %s picture that is decoded within 0.000 s, found one that takes"
                    .formatted(format)
                + " longer; scale it down or save it again, or allow more time (--decode-timeout)");
  }

  /** Its 17 bytes make 350,000 pixels without another read. */
  @Test
  void losslessWebpThatReadsNothingIsLeftToo() {
    assertThatThrownBy(
            () -> new ImageDecoder().timeout(NONE).decode(ODD.get("hostile-02.webp"), "tiny.webp"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("expected a WEBP picture that is decoded within");
  }

  @Test
  void theFramesOfAClipHaveOneTimeTogether() {
    byte[] clip = Pictures.file("edge/animated.gif");
    assertThatThrownBy(() -> new ImageDecoder().timeout(NONE).decodeClip(clip, "clip.gif"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("expected a GIF picture that is decoded within");
  }

  /** Each pass of a progressive picture shows all rows again. */
  @Test
  void aPictureOfManyScansIsLeftLongBeforeItsLastOne() throws IOException {
    byte[] file = ODD.get("hostile-24.jpg");
    long start = System.nanoTime();
    new ImageDecoder().decode(file, "scans.jpg");
    long whole = System.nanoTime() - start;
    Duration part = Duration.ofNanos(whole / 8);
    assertThatThrownBy(() -> new ImageDecoder().timeout(part).decode(file, "scans.jpg"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("that takes longer");
  }

  @Test
  void thereIsTimeEnoughUnlessSetOtherwise() throws IOException {
    assertThat(ImageDecoder.DEFAULT_TIMEOUT).isEqualTo(Duration.ofSeconds(20));
    byte[] file = Pictures.file("rgb-28x28.png");
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(new ImageDecoder().timeout(longest).decode(file, "a").width()).isEqualTo(28);
  }

  @Test
  void theTimeIsKeptBesideTheLimitOfPixels() {
    byte[] file = Pictures.file("rgb-28x28.png");
    assertThatThrownBy(() -> new ImageDecoder(783).timeout(Duration.ofMinutes(1)).decode(file, "a"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("at most 783 pixels");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void aTimeOfNothingIsRefused(long seconds) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageDecoder().timeout(Duration.ofSeconds(seconds)))
        .withMessageContaining("time to decode a picture: expected more than zero, found PT");
  }
}

package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.loupe.testkit.TestFiles;
import dev.loupe.testkit.pictures.OddPictures;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Small files that ask for much; see {@code HostilePictures} of the test kit. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePicturesTest {
  private static final int MEGA = 1 << 20;
  private static final Map<String, byte[]> ODD = OddPictures.all();

  static Stream<String> names() {
    return ODD.keySet().stream().filter(name -> name.startsWith("hostile"));
  }

  @ParameterizedTest
  @MethodSource("names")
  void memoryIsInProportionToTheFileAndThePixels(String name) {
    byte[] file = ODD.get(name);
    long before = allocated();
    long pixels = 0;
    try {
      RgbImage picture = new ImageDecoder().decode(file, name);
      pixels = (long) picture.width() * picture.height();
    } catch (IOException e) {
      assertThat(e).isInstanceOf(ImageFormatException.class);
    }
    // The reader of TIFF takes a kilobyte for each strip, of 8 bytes in the file, and drops it.
    assertThat(allocated() - before).isLessThan(16L * MEGA + 200L * file.length + 16 * pixels);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /** The same bytes decode on a stack that holds no deep recursion. */
  @ParameterizedTest
  @CsvSource({"hostile-30.jpg", "hostile-31.png"})
  void aChainOfDirectoriesNeedsNoStack(String name) throws Exception {
    RgbImage[] picture = new RgbImage[1];
    Thread small =
        new Thread(
            null,
            () -> {
              try {
                picture[0] = new ImageDecoder().decode(ODD.get(name), name);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            },
            "small stack",
            256 * 1024);
    small.start();
    small.join();
    assertThat(picture[0]).isNotNull();
  }

  @Test
  void aGifWithoutFramesIsNoClip() {
    byte[] file = {'G', 'I', 'F', '8', '7', 'a', 40, 0, 30, 0, 0, 0, 0, ';', 'x'};
    for (ThrowingDecode decode :
        new ThrowingDecode[] {new ImageDecoder()::decode, new ImageDecoder()::decodeClip}) {
      assertThatThrownBy(() -> decode.of(file, "none.gif"))
          .isInstanceOf(ImageFormatException.class)
          .hasMessage(
              "none.gif: expected a GIF of at least one frame, found none in 15 bytes; copy the"
                  + " file again");
    }
  }

  private interface ThrowingDecode {
    Object of(byte[] file, String name) throws IOException;
  }

  @Test
  void aFrameOfAnotherSizeBehindTheFirstChangesNoLimit() {
    byte[] large = Pictures.file("rgb-1600x1200.jpg");
    int end = large.length - 2;
    byte[] second = {
      (byte) 0xff, (byte) 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, (byte) 0xff, (byte) 0xd9
    };
    byte[] both = Arrays.copyOf(large, end + second.length);
    System.arraycopy(second, 0, both, end, second.length);
    assertThatThrownBy(() -> new ImageDecoder(1000).decode(both, "two.jpg"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("at most 1000 pixels, found 1600 x 1200");
  }

  /** The inputs as they were found. */
  @ParameterizedTest
  @CsvSource({
    "nextifd-5000.jpg, 28 x 28",
    "xmp-ext-2g.jpg, 16 x 16",
    "prog-1mp-1000scans.jpg, expected at most 500 scans in a JPEG of this size",
    "prog-64mp-100scans.jpg, expected at most 44 scans in a JPEG of this size",
    "webp-vp8x-13000.webp, expected a frame within its canvas of 13000 x 13000",
    "tiff-tile-deflate-40000.tiff, a tile of it: expected at most 178956970 pixels"
  })
  void theFilesThatWereFoundAreReadOrRefused(String name, String result) throws IOException {
    Path file = TestFiles.shared("reports/hostile/" + name);
    String found;
    try {
      found = new ImageDecoder().decode(file).toString();
    } catch (ImageFormatException e) {
      found = e.getMessage();
    }
    assertThat(found).contains(result);
  }

  @Test
  void theClipThatWasFoundIsRefused() throws IOException {
    byte[] file = Files.readAllBytes(TestFiles.shared("reports/hostile/clip-no-frames.gif"));
    assertThatThrownBy(() -> new ImageDecoder().decodeClip(file, "clip.gif"))
        .isInstanceOf(ImageFormatException.class);
  }
}

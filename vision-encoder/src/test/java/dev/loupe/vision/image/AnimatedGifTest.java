package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Animated GIFs, written here byte by byte (GIF89a): a palette of black, red, green, blue, and
 * one-coloured or transparent frames.
 */
class AnimatedGifTest {
  private static final int BLACK = 0;
  private static final int RED = 1;
  private static final int GREEN = 2;
  private static final int BLUE = 3;
  private static final int NONE = -1;

  private static final int KEEP = 1;
  private static final int TO_BACKGROUND = 2;
  private static final int TO_PREVIOUS = 3;

  /** A frame: place, pixels (NONE is transparent), hundredths of a second, disposal. */
  private record Frame(int left, int top, int width, int[] pixels, int delay, int disposal) {
    static Frame of(int width, int color, int delay) {
      int[] pixels = new int[width * width];
      Arrays.fill(pixels, color);
      return new Frame(0, 0, width, pixels, delay, KEEP);
    }
  }

  private static byte[] gif(int side, List<Frame> frames) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GIF89a".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    words(out, side, side);
    // A global table of 8 entries: the four colours, then black, and entry 7 for transparency.
    out.writeBytes(new byte[] {(byte) 0x82, 0, 0});
    out.writeBytes(new byte[] {0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1});
    out.writeBytes(new byte[12]);
    for (Frame f : frames) {
      boolean transparent = Arrays.stream(f.pixels).anyMatch(p -> p == NONE);
      out.writeBytes(new byte[] {0x21, (byte) 0xf9, 4});
      out.write(f.disposal << 2 | (transparent ? 1 : 0));
      words(out, f.delay);
      out.writeBytes(new byte[] {7, 0, 0x2c});
      words(out, f.left, f.top, f.width, f.pixels.length / f.width);
      out.write(0);
      out.write(3);
      byte[] codes = codes(f.pixels);
      out.write(codes.length);
      out.writeBytes(codes);
      out.write(0);
    }
    out.write(0x3b);
    return out.toByteArray();
  }

  private static void words(ByteArrayOutputStream out, int... values) {
    for (int value : values) {
      out.write(value);
      out.write(value >> 8);
    }
  }

  /** LZW without compression: a clear code before every six codes, so that all have 4 bits. */
  private static byte[] codes(int[] pixels) {
    IntStream.Builder codes = IntStream.builder();
    for (int i = 0; i < pixels.length; i++) {
      if (i % 6 == 0) {
        codes.add(8);
      }
      codes.add(pixels[i] == NONE ? 7 : pixels[i]);
    }
    codes.add(9);
    int[] all = codes.build().toArray();
    byte[] packed = new byte[(all.length + 1) / 2];
    for (int i = 0; i < all.length; i++) {
      packed[i / 2] |= (byte) (all[i] << i % 2 * 4);
    }
    return packed;
  }

  private static List<RgbImage> frames(int side, Frame... frames) throws IOException {
    AnimatedGif gif =
        AnimatedGif.open(
            gif(side, List.of(frames)), "test.gif", Deadline.start(Duration.ofMinutes(1)));
    return gif.frames(
        IntStream.range(0, frames.length).toArray(),
        new PixelLimit(ImageDecoder.DEFAULT_MAX_PIXELS));
  }

  /** Colours by letter, row by row; W is white. */
  private static String colors(RgbImage image) {
    StringBuilder letters = new StringBuilder();
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int rgb = image.sample(x, y, 0) << 16 | image.sample(x, y, 1) << 8 | image.sample(x, y, 2);
        letters.append(
            switch (rgb) {
              case 0 -> '.';
              case 0xff0000 -> 'R';
              case 0x00ff00 -> 'G';
              case 0x0000ff -> 'B';
              case 0xffffff -> 'W';
              default -> '?';
            });
      }
    }
    return letters.toString();
  }

  @Test
  void aFrameCoversWhatTheOneBeforeLeft() throws IOException {
    List<RgbImage> shown =
        frames(
            2,
            Frame.of(2, RED, 10),
            new Frame(1, 0, 1, new int[] {GREEN, NONE}, 10, KEEP),
            new Frame(0, 1, 2, new int[] {BLUE, NONE}, 10, KEEP));
    assertThat(shown).extracting(AnimatedGifTest::colors).containsExactly("RRRR", "RGRR", "RGBR");
    assertThat(shown.get(2).name()).isEqualTo("test.gif, frame 2");
  }

  @Test
  void disposalRestoresTheBackgroundOrWhatWasThereBefore() throws IOException {
    Frame gone = new Frame(0, 0, 1, new int[] {GREEN, GREEN}, 10, TO_BACKGROUND);
    Frame brief = new Frame(1, 0, 1, new int[] {BLUE, BLUE}, 10, TO_PREVIOUS);
    Frame dot = new Frame(1, 1, 1, new int[] {BLACK}, 10, KEEP);
    assertThat(frames(2, Frame.of(2, RED, 10), gone, dot))
        .extracting(AnimatedGifTest::colors)
        .containsExactly("RRRR", "GRGR", ".R..");
    assertThat(frames(2, Frame.of(2, RED, 10), brief, dot))
        .extracting(AnimatedGifTest::colors)
        .containsExactly("RRRR", "RBRB", "RRR.");
  }

  @Test
  void whatNoFrameCoversIsWhiteWhereTheFirstFrameKnowsTransparency() throws IOException {
    Frame part = new Frame(0, 0, 2, new int[] {RED, NONE}, 10, TO_BACKGROUND);
    assertThat(frames(2, part, new Frame(1, 1, 1, new int[] {BLUE}, 10, KEEP)))
        .extracting(AnimatedGifTest::colors)
        .containsExactly("RWWW", "WWWB");
  }

  @Test
  void theFirstFrameIsThatOfTheGifAsAPicture() throws IOException {
    byte[] file =
        gif(
            3,
            List.of(
                new Frame(1, 1, 2, new int[] {RED, NONE, BLUE, GREEN}, 10, KEEP),
                Frame.of(3, BLUE, 10)));
    RgbImage picture = new ImageDecoder().decode(file, "test.gif");
    List<RgbImage> clip = new ImageDecoder().decodeClip(file, "test.gif");
    assertThat(clip.getFirst().toByteArray()).isEqualTo(picture.toByteArray());
    assertThat(clip).hasSize(2);
  }

  @Test
  void aGifOfOneFrameIsAClipOfOne() throws IOException {
    assertThat(new ImageDecoder().decodeClip(gif(2, List.of(Frame.of(2, RED, 0))), "one"))
        .hasSize(1);
  }

  @Test
  void twoFramesForEachSecondEvenlySpread() {
    // numpy.linspace(0, 19, 4).round() and linspace(0, 99, 20).round()
    assertThat(AnimatedGif.sample(even(20, 100))).containsExactly(0, 6, 13, 19);
    assertThat(AnimatedGif.sample(even(100, 100)))
        .containsExactly(
            0, 5, 10, 16, 21, 26, 31, 36, 42, 47, 52, 57, 63, 68, 73, 78, 83, 89, 94, 99);
    assertThat(AnimatedGif.sample(even(3, 100))).containsExactly(0, 2);
    assertThat(AnimatedGif.sample(even(2, 5000))).containsExactly(0, 1);
    assertThat(AnimatedGif.sample(even(5, 1000))).containsExactly(0, 1, 3, 4);
    assertThat(AnimatedGif.sample(even(2000, 1000))).hasSize(768);
    assertThat(AnimatedGif.sample(even(1, 100))).containsExactly(0);
  }

  @Test
  void framesOfDifferentDurationAreSpreadInTime() {
    // Starts at 0, 3.0, 3.1 ... 3.9 s: most of the time is the first frame's, so an instant of
    // each third of 3.9 s is nearest to frame 0, then 1, then the last.
    int[] delays = {3000, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    assertThat(AnimatedGif.sample(delays)).hasSize(8).startsWith(0, 0, 0).endsWith(10);
    assertThat(AnimatedGif.sample(delays)).isSorted();
  }

  private static int[] even(int frames, int millis) {
    int[] delays = new int[frames];
    Arrays.fill(delays, millis);
    return delays;
  }

  @Test
  void aDelayOfNothingIsATenthOfASecond() throws IOException {
    byte[] file = gif(1, List.of(Frame.of(1, RED, 0), Frame.of(1, RED, 1), Frame.of(1, RED, 2)));
    assertThat(AnimatedGif.open(file, "fast", Deadline.start(Duration.ofMinutes(1))).delays())
        .containsExactly(100, 100, 20);
  }

  @Test
  void whatIsNoWholeGifIsRefused() throws IOException {
    byte[] file = gif(2, List.of(Frame.of(2, RED, 10), Frame.of(2, BLUE, 10)));
    assertThatThrownBy(
            () -> new ImageDecoder().decodeClip(Arrays.copyOf(file, file.length - 8), "cut.gif"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith("cut.gif: ");
    byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    assertThatThrownBy(() -> new ImageDecoder().decodeClip(png, "a.png"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("a.png: expected an animated GIF, found a PNG picture");
    assertThatThrownBy(() -> new ImageDecoder(7).decodeClip(file, "large.gif"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(
            "large.gif: expected at most 7 pixels in all frames, found 2 x 2 x 2");
  }
}

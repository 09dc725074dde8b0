package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small pictures of the rarer kinds, and the SHA-256 of the RGB that Pillow 12.3 makes of each.
 *
 * <p>Recipe of the expected values: {@code im = ImageOps.exif_transpose(Image.open(path))}; where
 * the mode is P, PA, LA, L or 1 with {@code "transparency" in im.info}, or PA, LA or RGBA: {@code
 * im = im.convert("RGBA")}, pasted on a white RGB picture with its own alpha as the mask; else
 * {@code im.convert("RGB")}; SHA-256 of {@code numpy.asarray(im).tobytes()}.
 *
 * <p>Recipe of the files, 23 x 17 to 128 x 24 pixels of sine waves, shapes and noise:
 *
 * <ul>
 *   <li>PNG, by writing chunks: gray of 1, 2, 4, 8 and 16 bits, each without and with tRNS (of 1,
 *       and of the largest level); RGB of 8 and 16 bits with tRNS; RGBA and gray + alpha of 16
 *       bits; palettes of 1, 2 and 4 bits with and without tRNS, one too short; Adam7; by Pillow:
 *       an ICC profile with a changed red primary, gAMA of 1.0.
 *   <li>JPEG, by Pillow: 4:4:4, 4:2:2, 4:2:0, each progressive too; {@code keep_rgb}; restart
 *       markers; ICC profiles in RGB, gray and CMYK. By editing segments: no JFIF marker (component
 *       ids 1 2 3, 0 1 2, R G B), Adobe transforms 0, 1 and 2 over three and over four components.
 *       4:1:1 and 1x4 by rewriting sampling factors and size of a 4:2:0 file.
 *   <li>EXIF Orientation 1 to 9 in JPEG, some in PNG, TIFF and WebP; XMP {@code tiff:Orientation}.
 *   <li>GIF, by Pillow: animated, transparent, interlaced, gray; by editing the header: a frame
 *       within and beyond its screen.
 *   <li>BMP, by writing headers: 1, 4, 8 bits with palette, RLE4, RLE8, 555, 565, 32 bits with and
 *       without masks, version 5 with and without alpha, top-down.
 *   <li>TIFF, by Pillow: raw, Deflate, PackBits, JPEG, Group 4, bilevel, gray, white-is-zero,
 *       palette, CMYK, RGBA of both alpha kinds, LA, 16-bit gray, two pages; by writing tags: RGB,
 *       RGBA and gray of 16 bits, an unspecified fourth sample; by Pillow: LZW and Deflate with and
 *       without differences, in one strip and in several, LZW of more strings than its table holds.
 *   <li>WebP, by Pillow: lossless with and without alpha, animated.
 * </ul>
 */
class EdgePicturesTest {
  private static final Map<String, Object> GOLDEN = Pictures.json("edge/edge.json");

  static Stream<String> names() {
    return GOLDEN.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void theRgbEqualsPillows(String name) throws IOException {
    Map<String, Object> golden = Pictures.object(GOLDEN.get(name));
    RgbImage picture = Pictures.decode("edge/" + name);
    assertThat(List.of(picture.width(), picture.height()))
        .isEqualTo(List.of(golden.get("width"), golden.get("height")));
    assertThat(Pictures.sha256(picture.samples())).isEqualTo(golden.get("rgb_sha256"));
  }

  /** The JDK's conversion from luma and chroma is up to 1 level away from libtiff's. */
  @Test
  void lumaAndChromaAreTheSameHoweverTheyArePacked() throws IOException {
    for (String name : List.of("ycbcr-lzw.tiff", "ycbcr-deflate.tiff")) {
      assertThat(Pictures.sha256(Pictures.decode("edge/" + name).samples()))
          .as(name)
          .isEqualTo("9a0461fff10b04a85ef82684f4caa5ec03099530d3c86086dec3a155a9d44e5a");
    }
  }

  @Test
  void everyKindOfFileIsAmongThem() {
    for (String type : List.of(".png", ".jpg", ".gif", ".bmp", ".tiff", ".webp")) {
      assertThat(names().filter(name -> name.endsWith(type))).hasSizeGreaterThan(4);
    }
  }
}

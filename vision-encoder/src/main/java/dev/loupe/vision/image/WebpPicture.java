package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;

/**
 * A WebP picture, the first frame of an animated one.
 *
 * <p>Lossless pictures are exact. Lossy ones differ from libwebp's; see the package description.
 */
final class WebpPicture {
  private static final int RIFF_HEADER = 8;

  private WebpPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    requireWhole(file, name);
    ImageReader reader = ImageFormat.WEBP.open(file, deadline);
    try {
      BufferedImage image = ImageFormat.readLimited(reader, name, limit);
      return SampleConverter.toRgb(
          image.getRaster(), image.getColorModel(), SampleConverter.Alpha.OVER_WHITE, name);
    } finally {
      reader.dispose();
    }
  }

  /** The reader fills in what a shortened file lacks; the container says how long it should be. */
  private static void requireWhole(byte[] file, String name) throws ImageFormatException {
    long size = 0;
    for (int i = 3; i >= 0; i--) {
      size = size << 8 | file[4 + i] & 0xff;
    }
    if (RIFF_HEADER + size > file.length) {
      throw new ImageFormatException(
          "%s: expected %d bytes of WebP, found %d; the file is cut short, copy it again"
              .formatted(name, RIFF_HEADER + size, file.length));
    }
  }
}

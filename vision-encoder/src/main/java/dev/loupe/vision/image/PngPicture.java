package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageReader;

/** A PNG picture, with Pillow's choice of which transparency counts. */
final class PngPicture {
  private static final int DEPTH_AT = 24;
  private static final int COLOR_TYPE_AT = 25;
  private static final int GRAY = 0;
  private static final int RGB = 2;

  private PngPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    PngChunks chunks = PngChunks.read(file);
    ImageReader reader = ImageFormat.PNG.open(chunks.reduced(), deadline);
    try {
      BufferedImage image = ImageFormat.readLimited(reader, name, limit);
      RgbImage stored =
          SampleConverter.toRgb(
              image.getRaster(),
              image.getColorModel(),
              alpha(file[DEPTH_AT], file[COLOR_TYPE_AT]),
              name);
      return OrientationTag.read(chunks.metadata()).apply(stored);
    } finally {
      reader.dispose();
    }
  }

  /**
   * A transparent colour of an RGB or 16-bit gray picture is lost on the way to Pillow's RGB. For 2
   * and 4 bits Pillow compares the level stretched to 0..255 with the transparent one as stored, so
   * that only black can be transparent.
   */
  private static SampleConverter.Alpha alpha(int depth, int colorType) {
    if (colorType == RGB || colorType == GRAY && depth == 16) {
      return SampleConverter.Alpha.IGNORED;
    }
    return colorType == GRAY && (depth == 2 || depth == 4)
        ? SampleConverter.Alpha.OVER_WHITE_IF_BLACK
        : SampleConverter.Alpha.OVER_WHITE;
  }
}

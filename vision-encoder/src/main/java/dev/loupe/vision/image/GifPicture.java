package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReader;

/**
 * The first frame of a GIF on its screen.
 *
 * <p>The frame may cover a part of the screen, or reach beyond it, which then grows. As in Pillow,
 * the uncovered rest shows the transparent colour, which becomes white, or colour 0.
 */
final class GifPicture {
  private static final int WHITE = 0xff;

  private GifPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    GifBlocks blocks = GifBlocks.read(file, name, 1);
    GifBlocks.Frame frame = blocks.frames().getFirst();
    int width = blocks.width();
    int height = blocks.height();
    limit.check(name, width, height);
    ImageReader reader = ImageFormat.GIF.open(blocks.reduced(), deadline);
    try {
      BufferedImage image = reader.read(0);
      RgbImage part =
          SampleConverter.toRgb(
              image.getRaster(), image.getColorModel(), SampleConverter.Alpha.OVER_WHITE, name);
      if (width == part.width() && height == part.height()) {
        return part;
      }
      byte[] screen = background(width, height, (IndexColorModel) image.getColorModel());
      int rowBytes = part.width() * RgbImage.CHANNELS;
      for (int y = 0; y < part.height(); y++) {
        int to = ((frame.top() + y) * width + frame.left()) * RgbImage.CHANNELS;
        System.arraycopy(part.samples(), y * rowBytes, screen, to, rowBytes);
      }
      return new RgbImage(name, width, height, screen);
    } finally {
      reader.dispose();
    }
  }

  static byte[] background(int width, int height, IndexColorModel colors) {
    byte[] screen = new byte[width * height * RgbImage.CHANNELS];
    if (colors.getTransparentPixel() >= 0) {
      Arrays.fill(screen, (byte) WHITE);
      return screen;
    }
    for (int i = 0; i < screen.length; i += RgbImage.CHANNELS) {
      screen[i] = (byte) colors.getRed(0);
      screen[i + 1] = (byte) colors.getGreen(0);
      screen[i + 2] = (byte) colors.getBlue(0);
    }
    return screen;
  }

  static int unsigned16(byte[] file, int at) {
    return file[at] & 0xff | (file[at + 1] & 0xff) << 8;
  }
}

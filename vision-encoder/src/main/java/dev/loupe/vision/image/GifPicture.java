package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReader;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The first frame of a GIF on its screen.
 *
 * <p>The frame may cover a part of the screen, or reach beyond it, which then grows. As in Pillow,
 * the uncovered rest shows the transparent colour, which becomes white, or colour 0.
 */
final class GifPicture {
  private static final String METADATA = "javax_imageio_gif_image_1.0";
  private static final int WHITE = 0xff;

  private GifPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    ImageReader reader = ImageFormat.GIF.open(file, deadline);
    try {
      Element frame = (Element) reader.getImageMetadata(0).getAsTree(METADATA);
      int left = attribute(frame, "imageLeftPosition");
      int top = attribute(frame, "imageTopPosition");
      int width = Math.max(unsigned16(file, 6), left + reader.getWidth(0));
      int height = Math.max(unsigned16(file, 8), top + reader.getHeight(0));
      limit.check(name, width, height);
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
        int to = ((top + y) * width + left) * RgbImage.CHANNELS;
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

  private static int attribute(Element frame, String attribute) {
    for (Node n = frame.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element e && e.hasAttribute(attribute)) {
        return Integer.parseInt(e.getAttribute(attribute));
      }
    }
    throw new IllegalStateException("GIF metadata: expected " + attribute + ", found none");
  }

  static int unsigned16(byte[] file, int at) {
    return file[at] & 0xff | (file[at + 1] & 0xff) << 8;
  }
}

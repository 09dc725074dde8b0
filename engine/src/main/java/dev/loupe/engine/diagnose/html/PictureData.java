package dev.loupe.engine.diagnose.html;

import dev.loupe.vision.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** A picture as part of the page. */
final class PictureData {

  /** Pixels of the longer side at most: the page is for cells, not for the picture. */
  private static final int LONGEST = 560;

  private PictureData() {}

  /** The picture as a {@code data:} address of a JPEG, made smaller if it is large. */
  static String address(RgbImage picture) {
    try (ByteArrayOutputStream jpeg = new ByteArrayOutputStream()) {
      ImageIO.write(reduced(picture), "jpeg", jpeg);
      return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage reduced(RgbImage picture) {
    double factor = Math.min(1, LONGEST / (double) Math.max(picture.width(), picture.height()));
    int width = Math.max(1, (int) (picture.width() * factor));
    int height = Math.max(1, (int) (picture.height() * factor));
    BufferedImage reduced = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = 0;
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
          rgb = rgb << 8 | mean(picture, x, width, y, height, channel);
        }
        reduced.setRGB(x, y, rgb);
      }
    }
    return reduced;
  }

  /** The mean of the samples that become one. */
  private static int mean(RgbImage of, int x, int width, int y, int height, int channel) {
    int left = (int) ((long) x * of.width() / width);
    int right = (int) Math.max(left + 1L, (x + 1L) * of.width() / width);
    int top = (int) ((long) y * of.height() / height);
    int bottom = (int) Math.max(top + 1L, (y + 1L) * of.height() / height);
    long sum = 0;
    for (int row = top; row < bottom; row++) {
      for (int column = left; column < right; column++) {
        sum += of.sample(column, row, channel);
      }
    }
    return (int) (sum / ((long) (right - left) * (bottom - top)));
  }
}

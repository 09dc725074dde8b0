package dev.loupe.vision.image;

import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Turns the stored samples of a picture into 8-bit RGB as Pillow's {@code convert("RGB")} does,
 * with transparency laid over white.
 *
 * <p>Samples come from the raster. A Java colour model is asked for its kind only: letting it
 * convert would run gray through a linear transfer curve (up to 73 levels away from Pillow) and
 * apply embedded profiles, which Pillow ignores.
 */
final class SampleConverter {

  /** What a fourth (or, for gray, second) band means for the result. */
  enum Alpha {
    /** Opacity: the picture is laid over white. */
    OVER_WHITE,
    /** Nothing. */
    IGNORED,
    /** Opacity where the pixel is black; everything else is opaque. */
    OVER_WHITE_IF_BLACK
  }

  private static final int MAX = 255;

  private SampleConverter() {}

  /**
   * The picture in RGB.
   *
   * @throws ImageFormatException if the colour model is neither gray, RGB, CMYK nor indexed, or has
   *     samples that are not integers of 1 to 16 bits
   */
  static RgbImage toRgb(Raster raster, ColorModel colors, Alpha alpha, String name)
      throws ImageFormatException {
    int width = raster.getWidth();
    int height = raster.getHeight();
    PixelRule rule = rule(raster, colors, alpha, name);
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
    int bands = raster.getNumBands();
    int[] row = new int[Math.multiplyExact(width, bands)];
    int out = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int at = 0; at < row.length; at += bands, out += RgbImage.CHANNELS) {
        rule.convert(row, at, rgb, out);
      }
    }
    return new RgbImage(name, width, height, rgb);
  }

  /** One pixel's samples in, three bytes out. */
  private interface PixelRule {
    void convert(int[] samples, int at, byte[] rgb, int out);
  }

  private static PixelRule rule(Raster raster, ColorModel colors, Alpha alpha, String name)
      throws ImageFormatException {
    int bands = raster.getNumBands();
    if (colors instanceof IndexColorModel palette && bands == 1) {
      byte[] table = palette(palette);
      return (samples, at, rgb, out) -> {
        int entry = RgbImage.CHANNELS * samples[at];
        // An index beyond the palette is black, as the rest of Pillow's 256 entries.
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
          rgb[out + c] = entry < table.length ? table[entry + c] : 0;
        }
      };
    }
    int bits = raster.getSampleModel().getSampleSize(0);
    int kind = colors.getColorSpace().getType();
    boolean integers = raster.getTransferType() <= DataBuffer.TYPE_INT;
    boolean premultiplied = colors.hasAlpha() && colors.isAlphaPremultiplied();
    if (integers && bits <= 16) {
      if (kind == ColorSpace.TYPE_GRAY && bands == 1) {
        // Pillow opens 16-bit gray as I;16, whose conversion clips instead of scaling.
        return (samples, at, rgb, out) ->
            gray(bits == 16 ? Math.min(samples[at], MAX) : eightBits(samples[at], bits), rgb, out);
      }
      if (kind == ColorSpace.TYPE_GRAY && bands == 2) {
        return grayWithAlpha(alpha, bits, premultiplied);
      }
      if (kind == ColorSpace.TYPE_RGB && (bands == 3 || bands == 4)) {
        return rgb(raster.getSampleModel().getSampleSize(), alpha, premultiplied);
      }
      if (kind == ColorSpace.TYPE_CMYK && bands == 4 && bits == 8) {
        return SampleConverter::cmyk;
      }
    }
    throw new ImageFormatException(
        "%s: expected gray, RGB, CMYK or indexed samples of at most 16 bits, found %d bands of %d"
                .formatted(name, bands, bits)
            + " bits in Java colour space type %d; save the picture as PNG or JPEG"
                .formatted(kind));
  }

  private static byte[] palette(IndexColorModel colors) {
    byte[] table = new byte[RgbImage.CHANNELS * colors.getMapSize()];
    for (int i = 0; i < colors.getMapSize(); i++) {
      int opacity = colors.getAlpha(i);
      table[3 * i] = overWhite(colors.getRed(i), opacity);
      table[3 * i + 1] = overWhite(colors.getGreen(i), opacity);
      table[3 * i + 2] = overWhite(colors.getBlue(i), opacity);
    }
    return table;
  }

  private static PixelRule grayWithAlpha(Alpha alpha, int bits, boolean premultiplied) {
    if (alpha == Alpha.IGNORED) {
      return (samples, at, rgb, out) ->
          gray(bits == 16 ? Math.min(samples[at], MAX) : eightBits(samples[at], bits), rgb, out);
    }
    return (samples, at, rgb, out) -> {
      int level = eightBits(samples[at], bits);
      boolean opaque = alpha == Alpha.OVER_WHITE_IF_BLACK && level != 0;
      int opacity = opaque ? MAX : eightBits(samples[at + 1], bits);
      gray(blend(level, opacity, premultiplied), rgb, out);
    };
  }

  private static PixelRule rgb(int[] bits, Alpha alpha, boolean premultiplied) {
    boolean opaque = bits.length == 3 || alpha == Alpha.IGNORED;
    return (samples, at, rgb, out) -> {
      int opacity = opaque ? MAX : eightBits(samples[at + 3], bits[3]);
      for (int c = 0; c < RgbImage.CHANNELS; c++) {
        rgb[out + c] = (byte) blend(eightBits(samples[at + c], bits[c]), opacity, premultiplied);
      }
    };
  }

  /** Ink to light: what the black ink leaves, less what the coloured ink takes of it. */
  static void cmyk(int[] samples, int at, byte[] rgb, int out) {
    int light = MAX - samples[at + 3];
    for (int c = 0; c < RgbImage.CHANNELS; c++) {
      rgb[out + c] = (byte) Math.max(0, light - divideBy255(samples[at + c] * light));
    }
  }

  private static void gray(int level, byte[] rgb, int out) {
    rgb[out] = (byte) level;
    rgb[out + 1] = (byte) level;
    rgb[out + 2] = (byte) level;
  }

  /** 16 bits lose their low byte, without rounding; fewer than 8 are stretched to 0..255. */
  private static int eightBits(int sample, int bits) {
    return bits >= 8 ? sample >> (bits - 8) : sample * MAX / ((1 << bits) - 1);
  }

  /** Pillow divides the opacity out of a premultiplied sample first, rounding down. */
  private static int blend(int sample, int opacity, boolean premultiplied) {
    boolean divide = premultiplied && opacity > 0;
    int plain = divide ? Math.min(MAX, sample * MAX / opacity) : sample;
    return overWhite(plain, opacity) & 0xff;
  }

  /** Pillow's paste of a sample over 255 through a mask. */
  static byte overWhite(int sample, int opacity) {
    return (byte) divideBy255(sample * opacity + MAX * (MAX - opacity));
  }

  /** The quotient rounded to nearest, exact for all products of two bytes. */
  private static int divideBy255(int product) {
    int t = product + 128;
    return ((t >> 8) + t) >> 8;
  }
}

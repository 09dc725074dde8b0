package dev.loupe.vision.image;

import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageReader;

/**
 * Decodes JPEG as libjpeg-turbo does for Pillow.
 *
 * <p>The JDK's reader (the Independent JPEG Group's library) delivers the stored components,
 * upsampled; what colours they are is decided here by libjpeg's rule, and the conversion is
 * libjpeg's 16-bit fixed-point one. The JDK's own rule differs for files with few markers.
 */
final class JpegPicture {

  /** Baseline, extended and progressive Huffman coding. */
  private static final int LAST_SUPPORTED_PROCESS = 0xc2;

  private static final int[] RGB_IDS = {'R', 'G', 'B'};

  private static final int ADOBE_NO_TRANSFORM = 0;
  private static final int FRACTION_BITS = 16;
  private static final int HALF = 1 << (FRACTION_BITS - 1);
  private static final int RED_FROM_CR = fixed(1.40200);
  private static final int GREEN_FROM_CR = fixed(0.71414);
  private static final int GREEN_FROM_CB = fixed(0.34414);
  private static final int BLUE_FROM_CB = fixed(1.77200);

  private JpegPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    JpegMarkers markers = JpegMarkers.parse(file, name);
    limit.check(name, markers.width(), markers.height());
    int components = markers.componentIds().length;
    boolean supported =
        markers.process() <= LAST_SUPPORTED_PROCESS
            && markers.precision() == 8
            && components != 2
            && components <= 4;
    if (!supported) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: expected a Huffman-coded JPEG of 8 bits and 1, 3 or 4 components, found coding"
                  + " 0x%02X of %d bits and %d components; save the picture as PNG",
              name,
              markers.process(),
              markers.precision(),
              components));
    }
    markers.checkScans(name, limit);
    ImageReader reader = ImageFormat.JPEG.open(markers.reduced(), deadline);
    try {
      RgbImage stored = toRgb(reader.readRaster(0, null), markers, name);
      return OrientationTag.read(markers.metadata()).apply(stored);
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage toRgb(Raster raster, JpegMarkers markers, String name) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    boolean ycc = bands >= 3 && hasLumaAndChroma(markers);
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
    int[] row = new int[width * bands];
    int out = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int at = 0; at < row.length; at += bands, out += RgbImage.CHANNELS) {
        if (ycc) {
          fromYcc(row, at);
        }
        switch (bands) {
          case 1 -> Arrays.fill(rgb, out, out + RgbImage.CHANNELS, (byte) row[at]);
          case 3 -> {
            rgb[out] = (byte) row[at];
            rgb[out + 1] = (byte) row[at + 1];
            rgb[out + 2] = (byte) row[at + 2];
          }
          default -> {
            // YCCK holds the complements of the inks, which the inversion below undoes. Pillow
            // takes every four-component JPEG as inverted, which is Adobe's habit.
            for (int c = 0; c < 4; c++) {
              boolean complement = ycc && c < 3;
              row[at + c] = complement ? row[at + c] : 255 - row[at + c];
            }
            SampleConverter.cmyk(row, at, rgb, out);
          }
        }
      }
    }
    return new RgbImage(name, width, height, rgb);
  }

  /** libjpeg's guess, {@code default_decompress_parms} in jdapimin.c. */
  private static boolean hasLumaAndChroma(JpegMarkers markers) {
    boolean adobe = markers.adobeTransform() != JpegMarkers.NO_ADOBE;
    boolean transformed = adobe && markers.adobeTransform() != ADOBE_NO_TRANSFORM;
    if (markers.componentIds().length == 4) {
      return transformed;
    }
    if (markers.jfif()) {
      return true;
    }
    return adobe ? transformed : !Arrays.equals(markers.componentIds(), RGB_IDS);
  }

  /** Replaces luma and chroma by red, green and blue, in place. */
  private static void fromYcc(int[] samples, int at) {
    int y = samples[at];
    int cb = samples[at + 1] - 128;
    int cr = samples[at + 2] - 128;
    samples[at] = clip(y + ((RED_FROM_CR * cr + HALF) >> FRACTION_BITS));
    int green = -GREEN_FROM_CB * cb - GREEN_FROM_CR * cr + HALF;
    samples[at + 1] = clip(y + (green >> FRACTION_BITS));
    samples[at + 2] = clip(y + ((BLUE_FROM_CB * cb + HALF) >> FRACTION_BITS));
  }

  private static int clip(int sample) {
    return Math.clamp(sample, 0, 255);
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << FRACTION_BITS) + 0.5);
  }
}

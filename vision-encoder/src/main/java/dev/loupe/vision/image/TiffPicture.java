package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.plugins.tiff.BaselineTIFFTagSet;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;

/**
 * The first page of a TIFF, with two corrections of the JDK's reader: it scales the 16-bit palette
 * where Pillow keeps the high bytes, and takes any extra sample for opacity.
 */
final class TiffPicture {

  private TiffPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    TiffPage tiff = TiffPage.read(file, name);
    tiff.check(limit, deadline);
    ImageReader reader = ImageFormat.TIFF.open(tiff.reduced(deadline), deadline);
    try {
      BufferedImage image = ImageFormat.readLimited(reader, name, limit);
      TIFFDirectory page = TIFFDirectory.createFromMetadata(reader.getImageMetadata(0));
      TIFFField extra = page.getTIFFField(BaselineTIFFTagSet.TAG_EXTRA_SAMPLES);
      boolean unspecified =
          extra != null && extra.getAsInt(0) == BaselineTIFFTagSet.EXTRA_SAMPLES_UNSPECIFIED;
      RgbImage stored =
          SampleConverter.toRgb(
              image.getRaster(),
              colors(image.getColorModel(), page),
              unspecified ? SampleConverter.Alpha.IGNORED : SampleConverter.Alpha.OVER_WHITE,
              name);
      return tiff.orientation().apply(stored);
    } finally {
      reader.dispose();
    }
  }

  private static ColorModel colors(ColorModel ofReader, TIFFDirectory page) {
    TIFFField map = page.getTIFFField(BaselineTIFFTagSet.TAG_COLOR_MAP);
    if (map == null || !(ofReader instanceof IndexColorModel)) {
      return ofReader;
    }
    int entries = map.getCount() / RgbImage.CHANNELS;
    byte[][] rgb = new byte[RgbImage.CHANNELS][entries];
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      for (int i = 0; i < entries; i++) {
        rgb[channel][i] = (byte) (map.getAsInt(channel * entries + i) >> 8);
      }
    }
    return new IndexColorModel(ofReader.getPixelSize(), entries, rgb[0], rgb[1], rgb[2]);
  }
}

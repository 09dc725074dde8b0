package dev.loupe.vision.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds the value of Orientation in metadata as Pillow's {@code getexif} does: in the first EXIF
 * directory, and where that has none, in XMP. Where EXIF cannot be read, XMP is not asked.
 */
final class OrientationTag {
  private static final int ORIENTATION = 0x0112;
  private static final int HEADER_BYTES = 8;
  private static final byte[] PREFIX = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XMP_NAME = "tiff:Orientation".getBytes(StandardCharsets.US_ASCII);

  private static final ExifOrientation UPRIGHT = ExifOrientation.TOP_LEFT;

  private OrientationTag() {}

  /** The orientation that the metadata ask for; upright where none or where they are damaged. */
  static ExifOrientation read(PictureMetadata metadata) {
    byte[] exif = withoutPrefix(metadata.exif());
    if (exif.length == 0) {
      return ofXmp(metadata.xmp());
    }
    Optional<ByteOrder> order = exif.length < HEADER_BYTES ? Optional.empty() : order(exif);
    if (order.isEmpty()) {
      return UPRIGHT;
    }
    TiffDirectory directory =
        TiffDirectory.read(exif, order.get(), unsigned32(exif, 4, order.get()));
    return read(directory, metadata.xmp());
  }

  /** The same for the first directory of a TIFF file. */
  static ExifOrientation read(TiffDirectory directory, byte[] xmp) {
    Optional<TiffDirectory.Field> field = directory.field(ORIENTATION);
    if (field.isEmpty()) {
      return ofXmp(xmp);
    }
    long value = directory.wholeNumber(field.get()).orElse(1L);
    return ExifOrientation.of(Math.clamp(value, 0, 9));
  }

  private static byte[] withoutPrefix(byte[] exif) {
    int at = 0;
    while (startsWith(exif, at, PREFIX)) {
      at += PREFIX.length;
    }
    return Arrays.copyOfRange(exif, at, exif.length);
  }

  /** Pillow also takes headers whose 42 has the wrong byte order. */
  private static Optional<ByteOrder> order(byte[] tiff) {
    int version = tiff[2] << 8 | tiff[3];
    boolean known = version == 0x002a || version == 0x2a00;
    if (tiff[0] == 'I' && tiff[1] == 'I') {
      return known ? Optional.of(ByteOrder.LITTLE_ENDIAN) : Optional.empty();
    }
    if (tiff[0] == 'M' && tiff[1] == 'M') {
      return known || version == 0x002b ? Optional.of(ByteOrder.BIG_ENDIAN) : Optional.empty();
    }
    return Optional.empty();
  }

  /** The first {@code tiff:Orientation="6"} or {@code tiff:Orientation>6}. */
  private static ExifOrientation ofXmp(byte[] xmp) {
    for (int at = 0; at + XMP_NAME.length < xmp.length; at++) {
      if (xmp[at] == XMP_NAME[0] && startsWith(xmp, at, XMP_NAME)) {
        int sign = at + XMP_NAME.length;
        int digit = xmp[sign] == '>' ? sign + 1 : sign + 2;
        boolean assigned = xmp[sign] == '>' || xmp[sign] == '=' && at(xmp, sign + 1) == '"';
        if (assigned && at(xmp, digit) >= '0' && at(xmp, digit) <= '9') {
          return ExifOrientation.of(xmp[digit] - '0');
        }
      }
    }
    return UPRIGHT;
  }

  private static int at(byte[] bytes, int index) {
    return index < bytes.length ? bytes[index] : -1;
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
    return at + prefix.length <= bytes.length
        && Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
  }

  private static int unsigned32(byte[] bytes, int at, ByteOrder order) {
    return ByteBuffer.wrap(bytes).order(order).getInt(at);
  }
}

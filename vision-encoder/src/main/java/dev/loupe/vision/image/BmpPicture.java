package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.imageio.ImageReader;

/** A Windows bitmap. */
final class BmpPicture {
  private static final int HEADER_AT = 14;
  private static final int OS2_HEADER_BYTES = 12;
  private static final int V5_HEADER_BYTES = 124;
  private static final int COMPRESSION_AT = HEADER_AT + 16;
  private static final int EMBEDDED_JPEG = 4;
  private static final int EMBEDDED_PNG = 5;
  private static final int COLOUR_SPACE_AT = HEADER_AT + 56;

  /** LCS_sRGB. */
  private static final int SRGB = 0x73524742;

  private BmpPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    check(file, name, limit);
    ImageReader reader = ImageFormat.BMP.open(withoutProfile(file), deadline);
    try {
      BufferedImage image = ImageFormat.readLimited(reader, name, limit);
      return SampleConverter.toRgb(
          image.getRaster(), image.getColorModel(), SampleConverter.Alpha.OVER_WHITE, name);
    } finally {
      reader.dispose();
    }
  }

  /** The JDK's reader has its own answer to a picture beyond 2^31 bytes, which names no size. */
  private static void check(byte[] file, String name, PixelLimit limit)
      throws ImageFormatException {
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(HEADER_AT) == OS2_HEADER_BYTES) {
      return;
    }
    // A negative height means rows from the top.
    limit.check(name, header.getInt(HEADER_AT + 4), Math.abs(header.getInt(HEADER_AT + 8)));
    int compression = header.getInt(COMPRESSION_AT);
    if (compression == EMBEDDED_JPEG || compression == EMBEDDED_PNG) {
      // The JDK would hand it to any reader that is installed, whatever its size.
      throw new ImageFormatException(
          "%s: expected a BMP picture of its own samples, found one with a JPEG or PNG file inside;"
                  .formatted(name)
              + " take that file out of it");
    }
  }

  /** A damaged profile would prevent the decoding; none is applied in any case. */
  private static byte[] withoutProfile(byte[] file) {
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(HEADER_AT) != V5_HEADER_BYTES || file.length < HEADER_AT + V5_HEADER_BYTES) {
      return file;
    }
    byte[] plain = file.clone();
    ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN).putInt(COLOUR_SPACE_AT, SRGB);
    return plain;
  }
}

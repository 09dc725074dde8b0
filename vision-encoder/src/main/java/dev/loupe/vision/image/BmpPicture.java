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

  private BmpPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    checkSize(file, name, limit);
    ImageReader reader = ImageFormat.BMP.open(file, deadline);
    try {
      BufferedImage image = ImageFormat.readLimited(reader, name, limit);
      return SampleConverter.toRgb(
          image.getRaster(), image.getColorModel(), SampleConverter.Alpha.OVER_WHITE, name);
    } finally {
      reader.dispose();
    }
  }

  /** The JDK's reader has its own answer to a picture beyond 2^31 bytes, which names no size. */
  private static void checkSize(byte[] file, String name, PixelLimit limit)
      throws ImageFormatException {
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(HEADER_AT) != OS2_HEADER_BYTES) {
      // A negative height means rows from the top.
      limit.check(name, header.getInt(HEADER_AT + 4), Math.abs(header.getInt(HEADER_AT + 8)));
    }
  }
}

package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * Decodes a single WebP bitstream with TwelveMonkeys' reader.
 *
 * <p>The reader gets it in the plainest container there is: no profile, canvas or animation can
 * mislead it.
 */
final class WebpBitstream {

  /** Bytes of a pixel of {@link #lossless}. */
  static final int RGBA = 4;

  private static final int RIFF_HEADER = 20;
  private static final int ALPHA_BIT = 1 << 28;
  private static final int SIGNATURE = 0x2f;
  private static final int SIGNATURE_BYTES = 5;

  /** Readers look so far ahead of what they need. */
  private static final int LOOKAHEAD = 8;

  private WebpBitstream() {}

  /**
   * A lossless bitstream, which is exact.
   *
   * @param data VP8L without its signature, width, height, and what else is in its first 5 bytes
   * @return rows from the top, pixels from the left, each red, green, blue and opacity
   * @throws IOException if it is damaged or cut short
   */
  static byte[] lossless(ByteBuffer data, int width, int height, Deadline deadline)
      throws IOException {
    ByteBuffer file = container("VP8L", SIGNATURE_BYTES + data.remaining());
    // The reader hands opacity out only where the file says that it has some.
    file.put((byte) SIGNATURE).putInt(width - 1 | height - 1 << 14 | ALPHA_BIT).put(data);
    return decode(file.array(), width, height, RGBA, deadline);
  }

  /**
   * A lossy bitstream.
   *
   * @param data VP8
   * @return rows from the top, pixels from the left, each red, green and blue
   * @throws IOException if it is damaged or cut short
   */
  static byte[] lossy(ByteBuffer data, int width, int height, Deadline deadline)
      throws IOException {
    ByteBuffer file = container("VP8 ", data.remaining()).put(data);
    return decode(file.array(), width, height, RgbImage.CHANNELS, deadline);
  }

  private static ByteBuffer container(String type, int length) {
    ByteBuffer file =
        ByteBuffer.allocate(RIFF_HEADER + length + LOOKAHEAD).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(file.capacity() - 8);
    file.put(("WEBP" + type).getBytes(StandardCharsets.US_ASCII)).putInt(length);
    return file;
  }

  private static byte[] decode(byte[] file, int width, int height, int bands, Deadline deadline)
      throws IOException {
    byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), bands)];
    BufferedImage image = DeadlineSamples.image(samples, width, height, bands, deadline);
    ImageReader reader = ImageFormat.WEBP.reader();
    try {
      // At the end of its input the lossless reader would go on with bits that it has had.
      reader.setInput(PictureStream.complete(file, deadline), true, true);
      DeadlineListener.listen(reader, deadline);
      ImageReadParam into = reader.getDefaultReadParam();
      into.setDestination(image);
      reader.read(0, into);
      return samples;
    } finally {
      reader.dispose();
    }
  }
}

package dev.loupe.vision.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The opacity beside a lossy WebP bitstream. Source: RFC 9649, section 2.7.1.2. */
final class WebpAlpha {
  private static final int RAW = 0;
  private static final int LOSSLESS = 1;
  private static final int HORIZONTAL = 1;
  private static final int VERTICAL = 2;
  private static final int GREEN = 1;

  private WebpAlpha() {}

  /**
   * Decodes an ALPH chunk.
   *
   * @return rows from the top, one byte for each pixel
   * @throws IOException if it is damaged or cut short
   */
  static byte[] decode(ByteBuffer chunk, int width, int height, String name, Deadline deadline)
      throws IOException {
    int header = chunk.hasRemaining() ? chunk.get() : 0xff;
    byte[] opacity =
        switch (header & 3) {
          case RAW -> raw(chunk, width * height, name);
          case LOSSLESS -> green(WebpBitstream.lossless(chunk, width, height, deadline));
          default ->
              throw new ImageFormatException(
                  "%s: expected opacity of WebP compression 0 or 1, found %d; the file is damaged"
                      .formatted(name, header & 3));
        };
    undoFilter(header >> 2 & 3, opacity, width);
    return opacity;
  }

  private static byte[] raw(ByteBuffer chunk, int pixels, String name) throws ImageFormatException {
    if (chunk.remaining() < pixels) {
      throw new ImageFormatException(
          "%s: expected %d bytes of opacity in WebP, found %d; the file is damaged"
              .formatted(name, pixels, chunk.remaining()));
    }
    byte[] opacity = new byte[pixels];
    chunk.get(opacity);
    return opacity;
  }

  private static byte[] green(byte[] rgba) {
    byte[] green = new byte[rgba.length / WebpBitstream.RGBA];
    for (int i = 0; i < green.length; i++) {
      green[i] = rgba[WebpBitstream.RGBA * i + GREEN];
    }
    return green;
  }

  /** Adds to each byte what was predicted from those left of and above it. */
  private static void undoFilter(int filter, byte[] opacity, int width) {
    if (filter == 0) {
      return;
    }
    for (int i = 1; i < opacity.length; i++) {
      int x = i % width;
      boolean firstRow = i < width;
      int predicted;
      if (firstRow || x > 0 && filter == HORIZONTAL) {
        predicted = opacity[i - 1];
      } else if (x == 0 || filter == VERTICAL) {
        predicted = opacity[i - width];
      } else {
        int left = opacity[i - 1] & 0xff;
        int above = opacity[i - width] & 0xff;
        predicted = Math.clamp(left + above - (opacity[i - width - 1] & 0xff), 0, 255);
      }
      opacity[i] += (byte) predicted;
    }
  }
}

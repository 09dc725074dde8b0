package dev.loupe.testkit.pictures;

/**
 * Writes WebP containers, and lossless bitstreams of the simplest kind: 8 bits for every sample.
 */
final class WebpWriter {
  static final int ANIMATION = 0x02;
  static final int XMP = 0x04;
  static final int EXIF = 0x08;
  static final int ALPHA = 0x10;
  static final int PROFILE = 0x20;

  private WebpWriter() {}

  static byte[] file(byte[]... chunks) {
    byte[] body = Bytes.joined(chunks);
    return Bytes.little().put("RIFF").put32(4 + body.length).put("WEBP").put(body).toByteArray();
  }

  static byte[] chunk(String type, byte[] data) {
    Bytes out = Bytes.little().put(type).put32(data.length).put(data);
    return (data.length & 1) == 0 ? out.toByteArray() : out.put8(0).toByteArray();
  }

  static byte[] extended(int flags, int width, int height) {
    Bytes data = Bytes.little().put32(flags).put24(width - 1).put24(height - 1);
    return chunk("VP8X", data.toByteArray());
  }

  static byte[] animation(int background) {
    return chunk("ANIM", Bytes.little().put32(background).put16(0).toByteArray());
  }

  /**
   * A frame of an animation.
   *
   * @param flags 1: cleared afterwards, 2: not blended
   */
  static byte[] frame(int left, int top, int width, int height, int flags, byte[] image) {
    return chunk(
        "ANMF",
        Bytes.little()
            .put24(left / 2)
            .put24(top / 2)
            .put24(width - 1)
            .put24(height - 1)
            .put24(100)
            .put8(flags)
            .put(image)
            .toByteArray());
  }

  /**
   * A lossless picture.
   *
   * @param rgba four bytes for each pixel, rows from the top
   * @param alpha what the bitstream says about opacity
   */
  static byte[] lossless(int width, int height, byte[] rgba, boolean alpha) {
    Bits bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(alpha ? 1 : 0, 1);
    bits.put(0, 3);
    // No transform, no cache of colours, one group of codes.
    bits.put(0, 3);
    codeOfBytes(bits, true);
    for (int i = 0; i < 3; i++) {
      codeOfBytes(bits, false);
    }
    // Distances: a single one.
    bits.put(0b0001, 4);
    for (int i = 0; i < rgba.length; i += 4) {
      for (int channel : new int[] {1, 0, 2, 3}) {
        bits.put(Integer.reverse(rgba[i + channel]) >>> 24, 8);
      }
    }
    return chunk("VP8L", bits.toByteArray());
  }

  /** A lossless picture of one colour, whatever its size, in 17 bytes. */
  static byte[] plain(int width, int height, int red, int green, int blue) {
    Bits bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(0, 1 + 3 + 3);
    for (int sample : new int[] {green, red, blue, 255}) {
      // A single symbol of 8 bits.
      bits.put(0b101, 3);
      bits.put(sample, 8);
    }
    bits.put(0b0001, 4);
    return chunk("VP8L", bits.toByteArray());
  }

  /** A code of 8 bits for each of the 256 literals; for green none for the other 24 symbols. */
  private static void codeOfBytes(Bits bits, boolean green) {
    // Lengths of the codes for the lengths, in the order 17 18 0 1 2 3 4 5 16 6 7 8.
    bits.put(0, 1);
    bits.put(12 - 4, 4);
    for (int i = 0; i < 12; i++) {
      bits.put(i == 11 || green && i == 1 ? 1 : 0, 3);
    }
    bits.put(0, 1);
    for (int i = 0; i < 256 && green; i++) {
      bits.put(0, 1);
    }
    if (green) {
      // Symbol 18: 11 + 13 zeros.
      bits.put(1, 1);
      bits.put(13, 7);
    }
  }

  /** Bits, the lowest first. */
  private static final class Bits {
    private final Bytes out = Bytes.little();
    private int held;
    private int count;

    void put(int value, int bits) {
      for (int i = 0; i < bits; i++) {
        held |= (value >> i & 1) << count++;
        if (count == 8) {
          out.put8(held);
          held = 0;
          count = 0;
        }
      }
    }

    byte[] toByteArray() {
      return out.put8(held).toByteArray();
    }
  }
}

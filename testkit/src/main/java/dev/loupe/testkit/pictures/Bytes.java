package dev.loupe.testkit.pictures;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;

/** Bytes put one after the other, with numbers in one byte order. */
final class Bytes {
  private final ByteOrder order;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Bytes(ByteOrder order) {
    this.order = order;
  }

  static Bytes little() {
    return new Bytes(ByteOrder.LITTLE_ENDIAN);
  }

  static Bytes big() {
    return new Bytes(ByteOrder.BIG_ENDIAN);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] deflated(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(data);
      deflater.finish();
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
    }
    return out.toByteArray();
  }

  static byte[] joined(byte[]... parts) {
    Bytes all = big();
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.toByteArray();
  }

  Bytes put(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Bytes put(String ascii) {
    return put(ascii(ascii));
  }

  Bytes put8(int value) {
    out.write(value);
    return this;
  }

  Bytes put16(int value) {
    return put(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
  }

  /** Three bytes, the lowest first. */
  Bytes put24(int value) {
    return put8(value).put8(value >> 8).put8(value >> 16);
  }

  Bytes put32(long value) {
    return put(ByteBuffer.allocate(4).order(order).putInt((int) value).array());
  }

  int size() {
    return out.size();
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }
}

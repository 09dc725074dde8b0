package dev.loupe.testkit.pictures;

import java.util.Arrays;
import java.util.zip.CRC32;

/** Writes PNG files of chosen chunks. */
final class PngWriter {
  private PngWriter() {}

  /** A picture of 8-bit RGB with chunks before and behind its samples. */
  static byte[] file(int width, int height, byte[] rgb, byte[] before, byte[] behind) {
    Bytes rows = Bytes.big();
    for (int y = 0; y < height; y++) {
      rows.put8(0).put(Arrays.copyOfRange(rgb, y * width * 3, (y + 1) * width * 3));
    }
    return Bytes.joined(
        Bytes.ascii("\u0089PNG\r\n\u001a\n"),
        chunk(
            "IHDR",
            Bytes.big().put32(width).put32(height).put8(8).put8(2).put(new byte[3]).toByteArray()),
        before,
        chunk("IDAT", Bytes.deflated(rows.toByteArray())),
        behind,
        chunk("IEND", new byte[0]));
  }

  static byte[] chunk(String type, byte[] data) {
    byte[] body = Bytes.joined(Bytes.ascii(type), data);
    CRC32 crc = new CRC32();
    crc.update(body);
    return Bytes.big().put32(data.length).put(body).put32(crc.getValue()).toByteArray();
  }

  static byte[] text(String keyword, byte[] text) {
    return chunk("tEXt", Bytes.joined(Bytes.ascii(keyword + "\0"), text));
  }

  static byte[] compressedText(String keyword, byte[] text) {
    return chunk("zTXt", Bytes.joined(Bytes.ascii(keyword + "\0\0"), Bytes.deflated(text)));
  }

  static byte[] internationalText(String keyword, byte[] text, boolean compressed) {
    byte[] head = Bytes.ascii(keyword + (compressed ? "\0\1\0" : "\0\0\0") + "en\0\0");
    return chunk("iTXt", Bytes.joined(head, compressed ? Bytes.deflated(text) : text));
  }

  /** EXIF as ImageMagick writes it into a text. */
  static byte[] rawProfile(byte[] exif) {
    StringBuilder text = new StringBuilder("\nexif\n%8d".formatted(exif.length));
    for (int i = 0; i < exif.length; i++) {
      text.append(i % 36 == 0 ? "\n" : "").append("%02x".formatted(exif[i]));
    }
    return Bytes.ascii(text.append('\n').toString());
  }
}

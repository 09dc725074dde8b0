package dev.loupe.testkit.pictures;

import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;

/** Puts segments into a JPEG file, and writes progressive ones of empty scans. */
final class JpegWriter {
  private static final String PICTURE = "pictures/rgb-24x16.jpg";

  private JpegWriter() {}

  /** A small picture with segments behind its first marker. */
  static byte[] with(byte[]... segments) {
    try {
      byte[] file = Files.readAllBytes(TestFiles.resource(PICTURE));
      return Bytes.joined(
          Arrays.copyOf(file, 2), Bytes.joined(segments), Arrays.copyOfRange(file, 2, file.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] segment(int marker, byte[] data) {
    return Bytes.big().put8(0xff).put8(marker).put16(data.length + 2).put(data).toByteArray();
  }

  static byte[] exif(byte[] tiff) {
    return segment(0xe1, Bytes.joined(Bytes.ascii("Exif\0\0"), tiff));
  }

  static byte[] xmp(String packet) {
    return segment(0xe1, Bytes.ascii("http://ns.adobe.com/xap/1.0/\0" + packet));
  }

  static byte[] profile(int number, int of, byte[] part) {
    Bytes data = Bytes.big().put("ICC_PROFILE\0").put8(number).put8(of).put(part);
    return segment(0xe2, data.toByteArray());
  }

  /** A gray progressive picture: one scan of DC that says nothing changes, then others of AC. */
  static byte[] progressive(int side, int scans) {
    Bytes out = Bytes.big().put8(0xff).put8(0xd8);
    out.put(segment(0xdb, Bytes.joined(new byte[1], Samples.filled(64, 1))));
    Bytes frame = Bytes.big().put8(8).put16(side).put16(side).put8(1);
    out.put(segment(0xc2, frame.put8(1).put8(0x11).put8(0).toByteArray()));
    // One code of one bit each: DC difference 0, and end of band.
    byte[] code = Bytes.joined(new byte[] {1}, new byte[15], new byte[] {0});
    out.put(segment(0xc4, Bytes.joined(new byte[] {0}, code)));
    // The longest run of ends of band: 32767 blocks, 14 extra bits.
    byte[] runs = Bytes.joined(new byte[] {1}, new byte[15], new byte[] {(byte) 0xe0});
    out.put(segment(0xc4, Bytes.joined(new byte[] {0x10}, runs)));
    int blocks = (side + 7) / 8 * ((side + 7) / 8);
    out.put(scan(0, 0, new byte[(blocks + 7) / 8]));
    byte[] empty = new byte[(blocks / 16_384 + 1) * 15 / 8 + 1];
    for (int i = 1; i < scans; i++) {
      out.put(scan(1 + i % 63, 1 + i % 63, empty));
    }
    return out.put8(0xff).put8(0xd9).toByteArray();
  }

  private static byte[] scan(int first, int last, byte[] data) {
    Bytes head = Bytes.big().put8(1).put8(1).put8(0).put8(first).put8(last).put8(0);
    return Bytes.joined(segment(0xda, head.toByteArray()), data);
  }
}

package dev.loupe.testkit.pictures;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Small files that ask for much: time, memory or stack. The numbers are small enough for a test,
 * and grow with {@code n / 10}.
 */
final class HostilePictures {
  private static final int WIDTH = 24;
  private static final int HEIGHT = 16;
  private static final int MEGA = 1 << 20;

  private HostilePictures() {}

  static String type(int n) {
    return new String[] {"jpg", "png", "webp", "webp", "jpg", "tiff", "gif", "jpg", "png", "tiff"}
        [n % 10];
  }

  static byte[] picture(int n) {
    int size = 1 + n / 10;
    byte[] rgb = Samples.rgb(WIDTH, HEIGHT);
    return switch (n % 10) {
      case 0 -> JpegWriter.with(JpegWriter.exif(TiffWriter.chain(2500 * size)));
      case 1 -> {
        byte[] exif = PngWriter.chunk("eXIf", TiffWriter.chain(25_000 * size));
        yield PngWriter.file(WIDTH, HEIGHT, rgb, exif, new byte[0]);
      }
      case 2 -> WebpWriter.file(WebpWriter.plain(500 * size, 700, 10 * n, 20, 30));
      case 3 ->
          WebpWriter.file(
              WebpWriter.extended(0, 13_000, 13_000 - size), WebpWriter.plain(16, 16, 1, 2, 3));
      case 4 -> JpegWriter.progressive(400 * size, size == 4 ? 1000 : 20 * size);
      case 5 -> strips(size);
      case 6 -> subBlocks(100_000 * size);
      case 7 -> segments(size);
      case 8 -> inflating(size, rgb);
      default -> tiles(size);
    };
  }

  private static byte[] strips(int size) {
    int rows = 20_000 * size;
    TiffWriter tiff = new TiffWriter(ByteOrder.LITTLE_ENDIAN, Bytes.ascii("\u0010\u0020"));
    long[] offsets = new long[rows];
    long[] counts = new long[rows];
    Arrays.fill(offsets, 8);
    Arrays.fill(counts, size == 4 ? 0x7fff_ffff : 2);
    tiff.shorts(256, 2).longs(257, rows).shorts(258, 8).shorts(259, 1).shorts(262, 1);
    return tiff.longs(273, offsets).shorts(277, 1).shorts(278, 1).longs(279, counts).toByteArray();
  }

  private static byte[] subBlocks(int blocks) {
    Bytes gif = Bytes.little().put("GIF89a").put16(2).put16(1).put8(0x80).put16(0);
    gif.put(new byte[] {10, 20, 30, 40, 50, 60});
    for (String extension : new String[] {"!\u00fe", "!\u00ff\u000bNETSCAPE2.0"}) {
      gif.put(extension);
      byte[] many = new byte[2 * blocks];
      for (int i = 0; i < many.length; i += 2) {
        many[i] = 1;
      }
      gif.put(many).put8(0);
    }
    gif.put(",").put16(0).put16(0).put16(2).put16(1).put8(0);
    // Clear, 0, 1, end, in codes of 3 bits.
    return gif.put8(2).put8(2).put8(0b01_000_100).put8(0b0000_1010).put8(0).put(";").toByteArray();
  }

  private static byte[] segments(int size) {
    Bytes segments = Bytes.big();
    for (int i = 0; i < 2000 * size; i++) {
      segments.put(JpegWriter.profile(1 + i % 255, 255, new byte[0]));
    }
    StringBuilder properties = new StringBuilder("<x ");
    for (int i = 0; i < 4000; i++) {
      properties.append("a:b").append(i).append("='1' ");
    }
    for (int i = 0; i < 10 * size; i++) {
      segments.put(JpegWriter.xmp(properties.toString()));
    }
    // The main packet names another one of 2^31 bytes.
    String extended = "<x xmpNote:HasExtendedXMP='%032d'/>".formatted(1);
    Bytes extension = Bytes.big().put("http://ns.adobe.com/xmp/extension/\0");
    extension.put("%032d".formatted(1)).put32(0x7fff_ffff).put32(0).put("x");
    return JpegWriter.with(
        segments.toByteArray(),
        JpegWriter.xmp(extended),
        JpegWriter.segment(0xe1, extension.toByteArray()));
  }

  private static byte[] inflating(int size, byte[] rgb) {
    byte[] large = new byte[8 * size * MEGA];
    byte[] chunk =
        switch (size) {
          case 1 -> PngWriter.compressedText("Raw profile type exif", large);
          case 2 -> PngWriter.internationalText("XML:com.adobe.xmp", large, true);
          case 3 -> PngWriter.compressedText("Comment", large);
          default ->
              PngWriter.chunk("iCCP", Bytes.joined(Bytes.ascii("p\0\0"), Bytes.deflated(large)));
        };
    return PngWriter.file(WIDTH, HEIGHT, rgb, chunk, new byte[0]);
  }

  private static byte[] tiles(int size) {
    byte[] samples = Bytes.deflated(new byte[100]);
    int side = 10_000 * (size + 1) / 16 * 16;
    TiffWriter tiff = new TiffWriter(ByteOrder.LITTLE_ENDIAN, samples);
    tiff.shorts(256, 10).shorts(257, 10).shorts(258, 8).shorts(259, 8).shorts(262, 1);
    tiff.shorts(277, 1).longs(322, side).longs(323, side);
    return tiff.longs(324, 8).longs(325, samples.length).toByteArray();
  }
}

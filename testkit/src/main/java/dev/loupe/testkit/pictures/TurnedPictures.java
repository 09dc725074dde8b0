package dev.loupe.testkit.pictures;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Pictures of 24 x 16 pixels whose orientation stands in usual and unusual places, in right and
 * wrong forms. The last digit of a number chooses the form of the EXIF field, the first the place.
 */
final class TurnedPictures {
  private static final int WIDTH = 24;
  private static final int HEIGHT = 16;
  private static final int ORIENTATION = 0x0112;
  private static final int MAKE = 0x010f;
  private static final int SOFTWARE = 0x0131;
  private static final int EXIF_DIRECTORY = 0x8769;
  private static final int XMP_FIELD = 700;

  private static final byte[] PREFIX = Bytes.ascii("Exif\0\0");
  private static final byte[] NONE = {};

  private TurnedPictures() {}

  static byte[] jpeg(int n) {
    byte[] exif = exif(n);
    return switch (n / 10) {
      case 0 -> JpegWriter.with(JpegWriter.exif(exif));
      case 1 -> {
        // A structure that goes on in a second segment.
        int half = exif.length / 2;
        yield JpegWriter.with(
            JpegWriter.exif(Arrays.copyOf(exif, half)),
            JpegWriter.exif(Arrays.copyOfRange(exif, half, exif.length)));
      }
      case 2 ->
          JpegWriter.with(
              JpegWriter.xmp(xmp(n)),
              JpegWriter.exif(n % 2 == 0 ? Bytes.joined(PREFIX, exif) : exifWithout(n)));
      default ->
          JpegWriter.with(
              JpegWriter.xmp("tiff:Orientation=\"3\""),
              JpegWriter.segment(0xe1, Bytes.ascii("http://ns.adobe.com/xmp/extension/\0tiff:")),
              JpegWriter.xmp(xmp(n)));
    };
  }

  static byte[] png(int n) {
    byte[] exif = PngWriter.chunk("eXIf", exif(n));
    byte[] strange = PngWriter.chunk("prVt", Samples.filled(n, 7));
    byte[] rgb = Samples.rgb(WIDTH, HEIGHT);
    return switch (n / 10) {
      case 0 -> PngWriter.file(WIDTH, HEIGHT, rgb, exif, strange);
      case 1 -> {
        byte[] first = PngWriter.chunk("eXIf", exif(n + 3));
        yield PngWriter.file(WIDTH, HEIGHT, rgb, Bytes.joined(first, strange), exif);
      }
      case 2 -> {
        byte[] profile = PngWriter.rawProfile(Bytes.joined(PREFIX, exif(n)));
        String keyword = "Raw profile type exif";
        byte[] text =
            switch (n % 3) {
              case 0 -> PngWriter.text(keyword, profile);
              case 1 -> PngWriter.compressedText(keyword, profile);
              default -> PngWriter.internationalText(keyword, profile, n % 2 == 0);
            };
        yield n % 4 == 0
            ? PngWriter.file(WIDTH, HEIGHT, rgb, NONE, text)
            : PngWriter.file(WIDTH, HEIGHT, rgb, text, strange);
      }
      default -> {
        byte[] packet = Bytes.ascii(xmp(n));
        String keyword = "XML:com.adobe.xmp";
        byte[] text =
            n % 3 == 0
                ? PngWriter.compressedText(keyword, packet)
                : PngWriter.internationalText(keyword, packet, n % 2 == 0);
        byte[] without = PngWriter.chunk("eXIf", exifWithout(n));
        yield PngWriter.file(WIDTH, HEIGHT, rgb, text, n % 2 == 0 ? without : NONE);
      }
    };
  }

  static byte[] webp(int n) {
    byte[] exif = exif(n);
    byte[] image = WebpWriter.lossless(WIDTH, HEIGHT, Samples.rgba(WIDTH, HEIGHT, false), false);
    int flags = n % 7 == 6 ? 0 : WebpWriter.EXIF | WebpWriter.XMP;
    byte[] header = WebpWriter.extended(flags, WIDTH, HEIGHT);
    byte[] packet = WebpWriter.chunk("XMP ", Bytes.ascii(xmp(n)));
    return switch (n / 10) {
      case 0 -> WebpWriter.file(header, image, WebpWriter.chunk("EXIF", exif));
      case 1 ->
          WebpWriter.file(
              header,
              WebpWriter.chunk("EXIF", Bytes.joined(PREFIX, exif)),
              image,
              WebpWriter.chunk("EXIF", exif(n + 1)));
      case 2 -> WebpWriter.file(header, image, packet, WebpWriter.chunk("EXIF", exifWithout(n)));
      default -> WebpWriter.file(header, WebpWriter.chunk("strg", new byte[n]), image, packet);
    };
  }

  static byte[] tiff(int n) {
    ByteOrder order = order(n);
    byte[] rgb = Samples.rgb(WIDTH, HEIGHT);
    TiffWriter tiff = new TiffWriter(order, rgb);
    tiff.shorts(256, WIDTH).shorts(257, HEIGHT).shorts(258, 8, 8, 8).shorts(259, 1).shorts(262, 2);
    tiff.longs(273, 8);
    if (n / 10 < 2) {
      orientation(tiff, n);
    }
    tiff.shorts(277, 3).shorts(278, HEIGHT).longs(279, rgb.length);
    if (n / 10 > 0) {
      byte[] packet = Bytes.ascii(xmp(n));
      int type = n % 4 == 3 ? TiffWriter.UNDEFINED : TiffWriter.BYTE;
      tiff.field(XMP_FIELD, type, packet.length, packet);
    }
    return tiff.next(n / 10 == 3 ? 8 + rgb.length : 0).toByteArray();
  }

  /** A structure with an orientation of 2 to 8, in one of ten forms. */
  static byte[] exif(int n) {
    TiffWriter tiff = new TiffWriter(order(n));
    tiff.field(MAKE, TiffWriter.ASCII, 6, Bytes.ascii("Loupe\0"));
    orientation(tiff, n);
    tiff.longs(EXIF_DIRECTORY, 8);
    return Bytes.joined(tiff.next(n % 3 == 0 ? 8 : 0).toByteArray(), new byte[n % 5]);
  }

  private static byte[] exifWithout(int n) {
    return new TiffWriter(order(n))
        .field(MAKE, TiffWriter.ASCII, 6, Bytes.ascii("Loupe\0"))
        .longs(EXIF_DIRECTORY, 99_999)
        .toByteArray();
  }

  private static void orientation(TiffWriter tiff, int n) {
    int value = value(n);
    switch (n % 10) {
      case 0 -> tiff.shorts(ORIENTATION, value);
      case 1 -> tiff.shorts(ORIENTATION, value, 0);
      case 2 -> tiff.longs(ORIENTATION, value);
      case 3 -> {
        byte[] ratio =
            new Bytes(order(n)).put32(3L * value).put32(3).put32(1).put32(0).toByteArray();
        tiff.field(ORIENTATION, TiffWriter.RATIONAL, 2, ratio);
      }
      case 4 -> tiff.field(ORIENTATION, TiffWriter.BYTE, 1, new byte[] {(byte) value});
      case 5 -> tiff.field(ORIENTATION, TiffWriter.ASCII, 2, Bytes.ascii(value + "\0"));
      case 6 ->
          tiff.field(0x0110, 99, 1_000_000, new byte[4])
              .field(0x0111 + 1, TiffWriter.SHORT, 0, new byte[4])
              .shorts(ORIENTATION, value, 7, 7, 7)
              .field(SOFTWARE, 0, 1, new byte[4]);
      case 7 -> tiff.fieldAt(0x0110, TiffWriter.ASCII, 50_000_000, 10).shorts(ORIENTATION, value);
      case 8 -> tiff.shorts(ORIENTATION, value(n + 1)).shorts(ORIENTATION, value);
      default -> tiff.fieldAt(ORIENTATION, TiffWriter.SHORT, 1_000_000, 0xffff_fff0L);
    }
  }

  private static String xmp(int n) {
    int value = value(n);
    return switch (n % 5) {
      case 0 -> "<x tiff:Orientation=\"%d\" tiff:Orientation=\"2\"/>".formatted(value);
      case 1 -> "<tiff:Orientation>%d</tiff:Orientation>".formatted(value);
      case 2 -> "<x tiff:Orientation='%d'/>".formatted(value);
      case 3 -> "tiff:Orientation=\"\" %s tiff:Orientation>%d9".formatted("x".repeat(999), value);
      default -> "<x tiff:Orientation=\"%d\"".formatted(n % 2 == 0 ? value : 9);
    };
  }

  private static int value(int n) {
    return 2 + (n + n / 10) % 7;
  }

  private static ByteOrder order(int n) {
    return n % 4 < 2 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
  }
}

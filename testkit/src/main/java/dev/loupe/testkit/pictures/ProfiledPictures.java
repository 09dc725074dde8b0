package dev.loupe.testkit.pictures;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Pictures with colour profiles that are empty, cut short, of another kind, or whole. */
final class ProfiledPictures {
  private static final int WIDTH = 24;
  private static final int HEIGHT = 16;
  private static final int PROFILE_FIELD = 34675;

  private ProfiledPictures() {}

  static String type(int n) {
    return new String[] {"jpg", "png", "tiff", "webp"}[n / 10];
  }

  static byte[] picture(int n) {
    return switch (n / 10) {
      case 0 -> jpeg(n);
      case 1 -> png(n);
      case 2 -> tiff(n);
      default -> webp(n);
    };
  }

  /** Ten profiles, of which the last two are whole. */
  private static byte[] profile(int n) {
    byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    byte[] gray = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();
    return switch (n % 10) {
      case 0 -> new byte[0];
      case 1 -> new byte[1];
      case 2 -> Samples.filled(128, 0xff);
      case 3 -> Arrays.copyOf(linear, 127);
      case 4 -> Arrays.copyOf(linear, linear.length / 2);
      case 5 -> changed(linear, 0, "\u007f\u00ff\u00ff\u00ff");
      case 6 -> changed(linear, 16, "CMYK");
      case 7 -> changed(linear, 36, "none");
      case 8 -> gray;
      default -> linear;
    };
  }

  private static byte[] changed(byte[] profile, int at, String text) {
    byte[] changed = profile.clone();
    System.arraycopy(Bytes.ascii(text), 0, changed, at, text.length());
    return changed;
  }

  private static byte[] jpeg(int n) {
    byte[] profile = profile(n);
    return switch (n % 3) {
      case 0 -> JpegWriter.with(JpegWriter.profile(1, 1, profile));
      case 1 ->
          JpegWriter.with(JpegWriter.profile(2, 2, profile), JpegWriter.profile(0, 9, profile));
      default ->
          JpegWriter.with(
              JpegWriter.profile(1, 255, profile),
              JpegWriter.profile(1, 255, profile),
              JpegWriter.segment(0xe2, Bytes.ascii("ICC_PROFILE\0")));
    };
  }

  private static byte[] png(int n) {
    byte[] packed = Bytes.deflated(profile(n));
    byte[] head = Bytes.ascii("a profile\0\0");
    byte[] data =
        switch (n % 10) {
          case 0 -> head;
          case 1 -> Bytes.joined(head, Samples.filled(50, 0x55));
          case 2 -> Bytes.joined(head, Arrays.copyOf(packed, packed.length / 2));
          default -> Bytes.joined(head, packed);
        };
    byte[] chunk = PngWriter.chunk("iCCP", data);
    byte[] rgb = Samples.rgb(WIDTH, HEIGHT);
    return PngWriter.file(
        WIDTH, HEIGHT, rgb, n % 2 == 0 ? chunk : Bytes.joined(chunk, chunk), new byte[0]);
  }

  private static byte[] tiff(int n) {
    byte[] profile = profile(n);
    byte[] rgb = Samples.rgb(WIDTH, HEIGHT);
    TiffWriter tiff = new TiffWriter(ByteOrder.BIG_ENDIAN, rgb);
    tiff.shorts(256, WIDTH).shorts(257, HEIGHT).shorts(258, 8, 8, 8).shorts(259, 1).shorts(262, 2);
    tiff.longs(273, 8).shorts(277, 3).shorts(278, HEIGHT).longs(279, rgb.length);
    return tiff.field(PROFILE_FIELD, TiffWriter.UNDEFINED, profile.length, profile).toByteArray();
  }

  private static byte[] webp(int n) {
    byte[] image = WebpWriter.lossless(WIDTH, HEIGHT, Samples.rgba(WIDTH, HEIGHT, true), true);
    byte[] header = WebpWriter.extended(WebpWriter.PROFILE | WebpWriter.ALPHA, WIDTH, HEIGHT);
    byte[] profile = WebpWriter.chunk("ICCP", profile(n));
    return switch (n % 5) {
      case 0 -> WebpWriter.file(header, image);
      case 1 -> WebpWriter.file(header, image, profile);
      default -> WebpWriter.file(header, profile, image);
    };
  }
}

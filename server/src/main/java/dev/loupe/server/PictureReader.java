package dev.loupe.server;

import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.Base64;
import java.util.Locale;

/** Decodes the pictures of one request, and checks the limits on all of them together. */
final class PictureReader {

  private static final String BASE64 = ";base64";

  private final Limits limits;
  private int count;
  private long pixels;

  PictureReader(Limits limits) {
    this.limits = limits;
  }

  /**
   * The picture in a data URI such as {@code data:image/png;base64,iVBO...}. Its content decides
   * the format, not the URI.
   *
   * @param name of the field that holds it
   */
  RgbImage ofUri(String uri, String name) {
    int comma = uri.indexOf(',');
    String head = comma < 0 ? uri : uri.substring(0, comma).toLowerCase(Locale.ROOT);
    if (!head.startsWith("data:")) {
      throw ApiError.picture(
          name,
          "invalid_image_url",
          "expected a data URI (data:image/png;base64,...), found %s; Loupe opens no network"
                  .formatted(head.startsWith("http") ? "an address in the network" : "another text")
              + " connection, so send the picture itself");
    }
    if (comma < 0 || !head.endsWith(BASE64)) {
      throw ApiError.picture(
          name, "invalid_image_url", "expected a data URI in base64, found one without ;base64,");
    }
    return ofBase64(uri.substring(comma + 1), name);
  }

  /**
   * The picture in base64, line breaks allowed.
   *
   * @param name of the field that holds it
   */
  RgbImage ofBase64(String text, String name) {
    byte[] file;
    try {
      file = Base64.getMimeDecoder().decode(requireBase64(text, name));
    } catch (IllegalArgumentException e) {
      throw ApiError.picture(
          name, "invalid_image", "expected base64, found it broken (%s)".formatted(e.getMessage()));
    }
    if (++count > limits.pictures()) {
      throw ApiError.picture(
          name,
          "too_many_images",
          "expected at most %d pictures, found more".formatted(limits.pictures()));
    }
    RgbImage image = decoded(file, name);
    pixels += (long) image.width() * image.height();
    return image;
  }

  /**
   * Java's MIME decoder skips characters that are not base64, so a mistake would become a wrong
   * picture.
   */
  private static String requireBase64(String text, String name) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean known =
          c >= 'A' && c <= 'Z'
              || c >= 'a' && c <= 'z'
              || c >= '0' && c <= '9'
              || c == '+'
              || c == '/'
              || c == '='
              || c == '\r'
              || c == '\n';
      if (!known) {
        throw ApiError.picture(
            name,
            "invalid_image",
            "expected base64, found the character U+%04X at %d".formatted((int) c, i));
      }
    }
    return text;
  }

  private RgbImage decoded(byte[] file, String name) {
    long left = limits.picturePixels() - pixels;
    if (left < 1) {
      throw tooManyPixels(name);
    }
    try {
      return new ImageDecoder(left).decode(file, name);
    } catch (IOException e) {
      // The decoder names the picture itself.
      String reason = e.getMessage().replace(name + ": ", "");
      // The remedy in its message is for programs that set the limit themselves.
      throw reason.startsWith("expected at most")
          ? tooManyPixels(name)
          : ApiError.picture(name, "invalid_image", reason);
    }
  }

  private ApiError tooManyPixels(String name) {
    return ApiError.picture(
        name,
        "image_too_large",
        "expected at most %d pixels in all pictures together, found more"
            .formatted(limits.picturePixels()));
  }
}

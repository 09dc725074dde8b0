package dev.loupe.server;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/**
 * Reads the pictures of one request as bytes of files, and counts them.
 *
 * <p>ASCII white space has no meaning in base64, as in a browser (WHATWG's forgiving-base64
 * decode): clients indent their data and break its lines.
 */
final class PictureReader {

  private static final String BASE64 = ";base64";

  /** More than any media type. The rest of a text that is no data URI is not looked at. */
  private static final int LONGEST_HEAD = 1024;

  private final int limit;
  private int count;

  /**
   * @param limit on the number of pictures
   */
  PictureReader(int limit) {
    this.limit = limit;
  }

  /** Whether a text is meant as a data URI. */
  static boolean isDataUri(String text) {
    return head(text).startsWith("data:");
  }

  /**
   * The picture in a data URI such as {@code data:image/png;base64,iVBO...}. Its content decides
   * the format, not the URI.
   *
   * @param name of the field that holds it
   */
  EncodedPicture ofUri(String uri, String name) {
    if (!isDataUri(uri)) {
      throw ApiError.picture(
          name,
          "invalid_image_url",
          "expected a data URI (data:image/png;base64,...), found %s; Loupe opens no network"
                  .formatted(
                      head(uri).startsWith("http") ? "an address in the network" : "another text")
              + " connection and no file, so send the picture itself");
    }
    int comma = uri.indexOf(',');
    if (comma < 0 || !head(uri).endsWith(BASE64)) {
      throw ApiError.picture(
          name, "invalid_image_url", "expected a data URI in base64, found one without ;base64,");
    }
    return ofBase64(unescaped(uri.substring(comma + 1), name), name);
  }

  /** What precedes the comma, in lower case and without white space. */
  private static String head(String uri) {
    int comma = uri.indexOf(',');
    int end = Math.min(comma < 0 ? uri.length() : comma, LONGEST_HEAD);
    return uri.substring(0, end).replaceAll("[ \\t\\n\\f\\r]", "").toLowerCase(Locale.ROOT);
  }

  /** A URI may write any character as a percent sign and two digits. */
  private static String unescaped(String data, String name) {
    if (data.indexOf('%') < 0) {
      return data;
    }
    try {
      return URLDecoder.decode(data.replace("+", "%2B"), StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      throw ApiError.picture(
          name, "invalid_image", "expected two hexadecimal digits after %, found others");
    }
  }

  /**
   * The picture in base64.
   *
   * @param name of the field that holds it
   */
  EncodedPicture ofBase64(String text, String name) {
    if (++count > limit) {
      throw ApiError.picture(
          name, "too_many_images", "expected at most %d pictures, found more".formatted(limit));
    }
    try {
      return new EncodedPicture(Base64.getDecoder().decode(withoutSpace(text, name)), name);
    } catch (IllegalArgumentException e) {
      throw ApiError.picture(
          name, "invalid_image", "expected base64, found it broken: cut short, or with a = inside");
    }
  }

  private static byte[] withoutSpace(String text, String name) {
    byte[] kept = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean known =
          c >= 'A' && c <= 'Z'
              || c >= 'a' && c <= 'z'
              || c >= '0' && c <= '9'
              || c == '+'
              || c == '/'
              || c == '=';
      if (known) {
        kept[length++] = (byte) c;
      } else if (" \t\n\f\r".indexOf(c) < 0) {
        throw ApiError.picture(
            name,
            "invalid_image",
            "expected base64, found the character U+%04X at %d".formatted((int) c, i));
      }
    }
    return length == kept.length ? kept : Arrays.copyOf(kept, length);
  }
}

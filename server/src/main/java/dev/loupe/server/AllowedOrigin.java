package dev.loupe.server;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The origins of pages: scheme, host, and the port unless it is the usual one of the scheme. */
final class AllowedOrigin {

  private static final Pattern ORIGIN =
      Pattern.compile(
          "(?<scheme>[a-z][a-z0-9+.-]*)://(?<host>[a-z0-9._-]+|\\[[0-9a-f:.]+])(:(?<port>[0-9]{1,5}))?");

  private static final Map<String, String> USUAL_PORTS = Map.of("http", "80", "https", "443");

  private AllowedOrigin() {}

  /**
   * An origin as browsers write it, in lower case, such as {@code https://photos.example:8443}.
   *
   * @throws IllegalArgumentException if it is another text. There are no patterns, and {@code null}
   *     stands for too many pages: every file and every sandboxed frame
   */
  static String normal(String text) {
    Matcher origin = matcher(text);
    if (!origin.matches()) {
      throw new IllegalArgumentException(
          "allowed origin: expected scheme://host or scheme://host:port, such as"
              + " https://photos.example, found "
              + ApiError.shown(text));
    }
    String port = origin.group("port");
    boolean needed = port != null && !port.equals(USUAL_PORTS.get(origin.group("scheme")));
    return "%s://%s%s"
        .formatted(origin.group("scheme"), origin.group("host"), needed ? ":" + port : "");
  }

  private static Matcher matcher(String text) {
    return ORIGIN.matcher(text.toLowerCase(Locale.ROOT));
  }

  /** Whether a text is an origin that can be allowed. */
  static boolean isPossible(String text) {
    return matcher(text).matches();
  }
}

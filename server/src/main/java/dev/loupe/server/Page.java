package dev.loupe.server;

import dev.loupe.io.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * The page at {@code /}: one file that loads nothing. Its content security policy names the hashes
 * of its script and its style, so a browser runs and applies no others.
 *
 * @param html the file
 * @param policy the content security policy
 */
record Page(byte[] html, String policy) {

  private static final String FILE = "page.html";

  static Page load() {
    try (InputStream in =
        Optional.ofNullable(Page.class.getResourceAsStream(FILE))
            .orElseThrow(() -> new IllegalStateException(FILE + ": not in the jar"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      String policy =
          String.join(
              "; ",
              "default-src 'none'",
              "script-src 'sha256-%s'".formatted(hash(between(text, "<script>", "</script>"))),
              "style-src 'sha256-%s'".formatted(hash(between(text, "<style>", "</style>"))),
              "img-src data: blob:",
              "connect-src 'self'",
              "base-uri 'none'",
              "form-action 'none'",
              "frame-ancestors 'none'");
      return new Page(text.getBytes(StandardCharsets.UTF_8), policy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    return text.substring(from, text.indexOf(end, from));
  }

  private static String hash(String text) {
    byte[] digest = Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8));
    return Base64.getEncoder().encodeToString(digest);
  }

  void send(Exchange exchange) throws IOException, InterruptedException {
    exchange.header("Content-Security-Policy", policy);
    exchange.send(200, "text/html; charset=utf-8", html);
  }
}

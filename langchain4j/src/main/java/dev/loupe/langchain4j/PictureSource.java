package dev.loupe.langchain4j;

import static dev.loupe.langchain4j.Parameters.unsupported;

import dev.langchain4j.data.image.Image;
import dev.loupe.engine.Prompt;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/** Where the bytes of a picture come from. Its media type is ignored: the bytes tell. */
sealed interface PictureSource {

  /** What stands before the data in a {@code data:} URL that is not percent-encoded. */
  String BASE64_MARK = ";base64";

  /**
   * The source of a picture; nothing is read yet.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException if it is on the network
   */
  static PictureSource of(Image picture) {
    return Optional.ofNullable(picture.base64Data())
        .<PictureSource>map(Encoded::new)
        .orElseGet(() -> of(picture.url()));
  }

  private static PictureSource of(URI url) {
    if (url == null) {
      throw new IllegalArgumentException("image: expected data or a URL, found neither");
    }
    String scheme = Optional.ofNullable(url.getScheme()).orElse("").toLowerCase(Locale.ROOT);
    return switch (scheme) {
      case "" -> new InFile(Path.of(url.getPath()));
      case "file" -> new InFile(Path.of(url));
      case "data" -> ofData(url.getRawSchemeSpecificPart());
      default ->
          throw unsupported(
              "image at a URL of scheme %s is not supported: nothing in Loupe opens a network connection; expected a path, a file: or data: URL, or base64"
                  .formatted(scheme));
    };
  }

  private static PictureSource ofData(String url) {
    int comma = url.indexOf(',');
    if (comma < 0) {
      throw new IllegalArgumentException("image: expected data:TYPE;base64,DATA, found no comma");
    }
    String data = url.substring(comma + 1);
    boolean base64 = url.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(BASE64_MARK);
    return base64 ? new Encoded(data) : new Percent(data);
  }

  /**
   * A question with this picture at its end.
   *
   * @throws IOException if it cannot be read as a picture
   */
  Prompt addTo(Prompt question) throws IOException;

  /** A picture file. */
  record InFile(Path path) implements PictureSource {
    @Override
    public Prompt addTo(Prompt question) throws IOException {
      return question.image(path);
    }
  }

  /** Base64, lines broken or not. */
  record Encoded(String text) implements PictureSource {
    @Override
    public Prompt addTo(Prompt question) throws IOException {
      try {
        return question.image(Base64.getDecoder().decode(text.replaceAll("\\s", "")));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("image: expected base64: " + e.getMessage(), e);
      }
    }
  }

  /** Percent-encoded bytes. */
  record Percent(String text) implements PictureSource {
    @Override
    public Prompt addTo(Prompt question) throws IOException {
      String plus = text.replace("+", "%2B"); // which the decoder of forms takes for a blank
      String bytes = URLDecoder.decode(plus, StandardCharsets.ISO_8859_1);
      return question.image(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}

package dev.loupe.cli.folder;

import dev.loupe.io.Printable;
import dev.loupe.vision.image.PictureNames;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Names of files. They may contain line breaks, and on Linux bytes that are not UTF-8. A path keeps
 * such bytes, a string does not; a URI keeps them as {@code %FF}.
 */
public final class FileNames {

  /** The character that Java makes of a byte that it cannot decode. */
  private static final char UNDECODABLE = '\ufffd';

  private FileNames() {}

  /** A path in one line: hidden characters and bytes that are not UTF-8 are escaped. */
  public static String shown(Path path) {
    String text = path.toString();
    if (text.indexOf(UNDECODABLE) < 0) {
      return Printable.escape(text);
    }
    StringBuilder shown = new StringBuilder();
    for (Path name : path) {
      shown.append(shown.isEmpty() && !path.isAbsolute() ? "" : "/");
      shown.append(isText(name) ? Printable.escape(name.toString()) : bytesEscaped(name));
    }
    return shown.toString();
  }

  /** Whether a string keeps all bytes of the path. */
  static boolean isText(Path path) {
    return path.toString().indexOf(UNDECODABLE) < 0;
  }

  /** The path that these bytes name. */
  static Path ofBytes(byte[] bytes) {
    try {
      return Path.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      StringBuilder uri = new StringBuilder();
      for (byte b : bytes) {
        uri.append(b == '/' ? "/" : "%%%02X".formatted(b));
      }
      Path absolute = Path.of(URI.create("file:///" + uri));
      return bytes[0] == '/' ? absolute : Path.of("/").relativize(absolute);
    }
  }

  /**
   * The same file with another extension. A name without an extension, or with nothing else, gets
   * it added.
   */
  static Path withExtension(Path file, String extension) {
    if (isText(file.getFileName())) {
      return file.resolveSibling(stem(file.getFileName().toString()) + extension);
    }
    String uri = file.toUri().toString();
    int name = uri.lastIndexOf('/') + 1;
    String stem = uri.substring(0, name) + stem(uri.substring(name));
    Path absolute = Path.of(URI.create(stem + extension.replace("%", "%25").replace(" ", "%20")));
    return file.resolveSibling(absolute.getFileName());
  }

  static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** Whether the name is that of a picture file. */
  static boolean isPicture(Path file) {
    return PictureNames.isPicture(file.getFileName().toString());
  }

  static boolean isHidden(Path file) {
    return file.getFileName() != null && file.getFileName().toString().startsWith(".");
  }

  private static String bytesEscaped(Path name) {
    String uri = name.toUri().toString().replaceFirst("/$", "");
    return uri.substring(uri.lastIndexOf('/') + 1)
        .replaceAll("%([89A-F][0-9A-F])", "\\\\x$1")
        .replaceAll("%20", " ");
  }
}

package dev.loupe.cli.folder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A list of paths, as {@code find} writes it: one path a line, or paths that end with a NUL byte
 * ({@code -print0}), for names with line breaks. A list with a NUL byte is of the second kind.
 *
 * <p>Names are bytes. Only a list with a byte-order mark of UTF-16 or UTF-32, as PowerShell writes
 * it, is text in that encoding.
 */
public final class PathList {

  private PathList() {}

  /**
   * The paths in this list; empty lines are skipped.
   *
   * @param name of the list, for messages
   * @throws IOException if it seems to be UTF-16 without a mark
   */
  public static List<Path> parse(byte[] content, String name) throws IOException {
    Optional<Charset> encoding = Utf8Text.markOf(content);
    // Java drops the mark of UTF-32 by itself, and keeps that of UTF-16.
    byte[] list =
        Utf8Text.withoutMark(
            encoding
                .map(charset -> new String(content, charset).getBytes(StandardCharsets.UTF_8))
                .orElse(content));
    byte end = '\n';
    for (byte b : list) {
      if (b == 0) {
        end = 0;
        break;
      }
    }
    List<Path> paths = new ArrayList<>();
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    for (byte b : list) {
      if (b == end) {
        take(entry, paths, end);
      } else {
        entry.write(b);
      }
    }
    take(entry, paths, end);
    if (end == 0 && hasNulAfterEachLetter(paths)) {
      throw new IOException(
          "%s: expected paths in lines or with a NUL byte after each, found a NUL byte after each"
                  .formatted(name)
              + " letter, as in UTF-16 without its mark; save the list as UTF-8");
    }
    return paths;
  }

  /** Nobody names a file by a line break alone, or pictures by single letters without extension. */
  private static boolean hasNulAfterEachLetter(List<Path> paths) {
    List<String> names = paths.stream().map(Path::toString).toList();
    return names.contains("\n")
        || names.contains("\r")
        || names.size() > 3 && names.stream().allMatch(name -> name.length() == 1);
  }

  private static void take(ByteArrayOutputStream entry, List<Path> paths, byte end) {
    byte[] bytes = entry.toByteArray();
    entry.reset();
    int length = bytes.length;
    if (end == '\n' && length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    if (length > 0) {
      paths.add(FileNames.ofBytes(Arrays.copyOf(bytes, length)));
    }
  }
}

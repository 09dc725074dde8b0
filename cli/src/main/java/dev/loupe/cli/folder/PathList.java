package dev.loupe.cli.folder;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A list of paths, as {@code find} writes it: one path a line, or paths that end with a NUL byte
 * ({@code -print0}), for names with line breaks. A list with a NUL byte is of the second kind.
 */
public final class PathList {

  private PathList() {}

  /** The paths in this list; empty lines are skipped. */
  public static List<Path> parse(byte[] list) {
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
    return paths;
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

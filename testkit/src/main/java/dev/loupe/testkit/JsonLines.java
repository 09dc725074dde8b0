package dev.loupe.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/** Files of which each line is a JSON object. */
public final class JsonLines {
  private JsonLines() {}

  /** All lines of a file. */
  public static List<Map<String, Object>> of(Path file) {
    try {
      return Files.readAllLines(file).stream().map(JsonLines::object).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One line. */
  public static Map<String, Object> object(String line) {
    return JSON.std.mapFrom(line);
  }
}

package dev.loupe.cli.folder;

import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/** A JSON object in one line. */
final class JsonRow {

  private static final JSON FORMAT = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private JsonRow() {}

  static String write(Map<String, ?> row) {
    return FORMAT.asString(row);
  }

  /** The object in a line; empty if it holds none. */
  static Optional<Map<String, Object>> read(String line) {
    try {
      return Optional.ofNullable(FORMAT.mapFrom(line));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }
}

package dev.loupe.cli.terminal;

import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/** JSON in one line. */
public final class Json {

  private static final JSON FORMAT = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private Json() {}

  /** An object, keys in the order of the map, nulls written. */
  public static String write(Map<String, ?> object) {
    return FORMAT.asString(object);
  }

  /**
   * The object in a text.
   *
   * @param subject what the message calls the text
   * @throws IllegalArgumentException if it is something else
   */
  public static Map<String, Object> read(String text, String subject) {
    try {
      return FORMAT.mapFrom(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: expected a JSON object, found something else (%s)"
              .formatted(subject, e.getOriginalMessage()),
          e);
    }
  }
}

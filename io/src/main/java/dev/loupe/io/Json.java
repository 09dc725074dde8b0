package dev.loupe.io;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.jr.ob.JSON;

/**
 * JSON texts that consist of one object. A name that occurs twice in an object is refused, because
 * two readers could choose different values.
 */
public final class Json {

  private static final int MAX_DEPTH = 64;

  /** The largest request that makes sense has some thousand; each takes up to 100 bytes. */
  private static final int MAX_TOKENS = 1_000_000;

  private static final JSON FORMAT = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private Json() {}

  /** The object in one line, keys in the order of the map, nulls written. */
  public static String write(Map<String, ?> object) {
    return FORMAT.asString(object);
  }

  /**
   * An object to write, keys in this order.
   *
   * @param pairs key, value, key, value ...; a value may be null
   */
  public static Map<String, Object> object(Object... pairs) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      object.put((String) pairs[i], pairs[i + 1]);
    }
    return object;
  }

  /**
   * Reads a text of several lines in UTF-8.
   *
   * @throws JsonException if it is no JSON object
   */
  public static JsonObject read(byte[] utf8) {
    return read(FORMAT, utf8);
  }

  /**
   * Reads a text from an untrusted source.
   *
   * @param maxLength of a string in it, in characters
   * @throws JsonException if it is no JSON object, or goes beyond the limits
   */
  public static JsonObject read(byte[] utf8, int maxLength) {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxStringLength(maxLength)
                    .maxNestingDepth(MAX_DEPTH)
                    .maxTokenCount(MAX_TOKENS)
                    .build())
            .build();
    return read(JSON.builder(factory).build(), utf8);
  }

  /**
   * Reads a text of one line.
   *
   * @throws JsonException if it is no JSON object
   */
  public static JsonObject readLine(String line) {
    if (line.isBlank()) {
      throw expectedObject("nothing");
    }
    try (JsonParser parser = FORMAT.createParser(line)) {
      return object(FORMAT, parser);
    } catch (JacksonException e) {
      throw mistake(e, place -> " at column " + place.getColumnNr());
    }
  }

  private static JsonObject read(JSON format, byte[] utf8) {
    try (JsonParser parser = format.createParser(utf8)) {
      return object(format, parser);
    } catch (JacksonException e) {
      throw mistake(
          e, place -> " at line %d, column %d".formatted(place.getLineNr(), place.getColumnNr()));
    }
  }

  /** For a list or a number, Jackson's own exception would name its classes. */
  private static JsonObject object(JSON format, JsonParser parser) {
    if (parser.nextToken() == null) {
      throw expectedObject("nothing");
    }
    Object value = format.anyFrom(parser);
    if (!(value instanceof Map<?, ?> map)) {
      throw expectedObject(JsonObject.shown(value));
    }
    if (parser.nextToken() != null) {
      throw expectedObject("more text after its end");
    }
    return JsonObject.of(map);
  }

  private static JsonException mistake(
      JacksonException e, Function<TokenStreamLocation, String> where) {
    // An exceeded limit has no location, and what is no text at all has line -1.
    String place =
        Optional.ofNullable(e.getLocation()).filter(p -> p.getLineNr() > 0).map(where).orElse("");
    return expectedObject("a mistake%s: %s".formatted(place, inWords(e.getOriginalMessage())));
  }

  /**
   * What the parser says, without where an object began, in terms of a source that it does not
   * show, and without the names of its classes and switches.
   */
  public static String inWords(String parserMessage) {
    return parserMessage
        .replaceFirst(" \\(start marker.*", "")
        .replaceAll("(, | \\()from `[^`]*`\\)?", "")
        .replaceAll("maximum allowed \\((\\d+)\\)?", "maximum allowed, $1")
        .replaceAll("[,:] [^,:`]*`[^`]*`.*", "");
  }

  private static JsonException expectedObject(String found) {
    return new JsonException("", "expected a JSON object, found " + found);
  }
}

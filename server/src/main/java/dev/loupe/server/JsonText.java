package dev.loupe.server;

import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.jr.ob.JSON;

/**
 * JSON as it comes and goes. A name that stands twice in an object is refused, for two readers
 * could take a different one each.
 */
final class JsonText {

  private static final JSON WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private final JSON reader;

  /**
   * @param maxLength of a text in it, in characters: a picture is one
   */
  JsonText(int maxLength) {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxStringLength(maxLength)
                    .maxNestingDepth(64)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    this.reader = JSON.builder(factory).build();
  }

  /** An object in one line, keys in the order of the map, nulls written. */
  static String write(Map<String, ?> object) {
    return WRITER.asString(object);
  }

  /** The object in these bytes of UTF-8. */
  JsonFields read(byte[] body) {
    if (body.length == 0) {
      throw ApiError.malformed("body: expected a JSON object, found nothing");
    }
    try {
      // Of a list or a number Jackson would make an exception with its own classes in it.
      if (reader.anyFrom(body) instanceof Map<?, ?> object) {
        return JsonFields.of(object, "");
      }
      throw ApiError.malformed("body: expected a JSON object, found another JSON value");
    } catch (JacksonException e) {
      throw ApiError.malformed(
          "body: expected a JSON object, found a mistake at line %d, column %d: %s"
              .formatted(
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage().replaceFirst(" \\(start marker.*", "")));
    }
  }
}

package dev.loupe.weights.safetensors;

import dev.loupe.io.Json;
import dev.loupe.io.Printable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Walks through a JSON text token by token, expecting at each step what the format prescribes.
 * Duplicate keys are refused: two readers could otherwise see two different files. Each error is an
 * {@link IOException} that names the file.
 */
final class JsonCursor implements AutoCloseable {

  /** Names are not kept for other files: each tensor has one of its own. */
  private static final JsonFactory FORMAT =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .build();

  private final String file;
  private final JsonParser parser;

  JsonCursor(String file, byte[] utf8) throws IOException {
    this.file = file;
    String text;
    try {
      // Decoded here, because the parser would also accept UTF-16 and UTF-32.
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": expected JSON in UTF-8, found bytes that are not UTF-8", e);
    }
    parser = FORMAT.createParser(ObjectReadContext.empty(), text);
  }

  /** Steps onto the next token, which must open an object. */
  void beginObject(String subject) throws IOException {
    expect(next(), JsonToken.START_OBJECT, subject, "a JSON object");
  }

  /** Steps onto the next key of the object; false at its end. */
  boolean nextKey() throws IOException {
    if (next() != JsonToken.PROPERTY_NAME) {
      return false;
    }
    requireCharacters(key());
    return true;
  }

  /** The key last stepped onto. */
  String key() {
    return parser.currentName();
  }

  /** Steps onto the next token, which must be a string. */
  String string(String subject) throws IOException {
    expect(next(), JsonToken.VALUE_STRING, subject, "a string");
    return requireCharacters(text());
  }

  /** Steps onto the next token, which must open an array. */
  void beginArray(String subject) throws IOException {
    expect(next(), JsonToken.START_ARRAY, subject, "an array of integers");
  }

  /** Steps onto the next element of an array, which must be an integer; false at its end. */
  boolean nextInteger(String subject) throws IOException {
    JsonToken token = next();
    if (token == JsonToken.END_ARRAY) {
      return false;
    }
    expect(token, JsonToken.VALUE_NUMBER_INT, subject, "an integer");
    return true;
  }

  /**
   * The integer last stepped onto, which must lie between 0 and 2^63 - 1. As in the reference
   * implementation, -0 is none.
   */
  long integer(String subject) throws IOException {
    try {
      long value = parser.getLongValue();
      if (value > 0 || value == 0 && !text().startsWith("-")) {
        return value;
      }
    } catch (JacksonException e) {
      throw unexpected(subject, "an integer below 2^63", text());
    }
    throw unexpected(subject, "an integer of at least 0", text());
  }

  /** Skips the next value, of any type. */
  void skipValue() throws IOException {
    next();
    try {
      parser.skipChildren();
    } catch (JacksonException e) {
      throw malformed(e);
    }
  }

  /** Expects nothing but blanks up to the end of the text. */
  void end() throws IOException {
    if (next() != null) {
      throw new IOException(file + ": expected nothing after the JSON object, found more");
    }
  }

  @Override
  public void close() {
    parser.close();
  }

  private JsonToken next() throws IOException {
    try {
      return parser.nextToken();
    } catch (JacksonException e) {
      throw malformed(e);
    }
  }

  /** The current token's text; the parser reads a string to its end only here. */
  private String text() throws IOException {
    try {
      return parser.getString();
    } catch (JacksonException e) {
      throw malformed(e);
    }
  }

  private void expect(JsonToken found, JsonToken expected, String subject, String words)
      throws IOException {
    if (found == null) {
      throw unexpected(subject, words, "the end of the text");
    }
    if (found != expected) {
      throw unexpected(subject, words, text());
    }
  }

  /** As in the reference implementation: half of a surrogate pair is no text. */
  private String requireCharacters(String text) throws IOException {
    boolean whole =
        text.codePoints()
            .noneMatch(c -> Character.MIN_SURROGATE <= c && c <= Character.MAX_SURROGATE);
    if (!whole) {
      throw unexpected("\"" + text + "\"", "characters", "half of a surrogate pair");
    }
    return text;
  }

  private IOException unexpected(String subject, String expected, String found) {
    return new IOException(
        Printable.escape(
            "%s: expected %s, found %s in %s".formatted(subject, expected, found, file)));
  }

  private IOException malformed(JacksonException e) {
    String found = Json.inWords(e.getOriginalMessage());
    // An exceeded limit has no location.
    String place =
        Optional.ofNullable(e.getLocation())
            .map(l -> " at character " + l.getCharOffset())
            .orElse("");
    return new IOException(
        Printable.escape(
            "%s: expected valid JSON without duplicate keys, found%s: %s"
                .formatted(file, place, found)),
        e);
  }
}

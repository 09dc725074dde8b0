package dev.loupe.server;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The fields of a JSON object by name and type. A field that is absent or null is empty; one of
 * another type is refused under its full name, such as {@code messages[0].content[1].text}.
 *
 * @param values of the object
 * @param path to the object, ending in a dot; empty for the outermost
 */
record JsonFields(Map<String, Object> values, String path) {

  private static final int SHOWN = 40;

  /** The fields of an object as the reader made it. */
  @SuppressWarnings("unchecked") // It makes objects of nothing but names and values.
  static JsonFields of(Map<?, ?> object, String path) {
    return new JsonFields((Map<String, Object>) object, path);
  }

  /** The full name of a field. */
  String name(String field) {
    return path + field;
  }

  Optional<Object> value(String field) {
    return Optional.ofNullable(values.get(field));
  }

  Optional<String> text(String field) {
    return value(field).map(v -> text(v, name(field)));
  }

  /** The text in a field that must be there. */
  String requiredText(String field) {
    return text(field).orElseThrow(() -> missing(field));
  }

  boolean flag(String field, boolean absent) {
    return value(field)
        .map(v -> v instanceof Boolean b ? b : wrong(name(field), "true or false", v))
        .orElse(absent);
  }

  OptionalDouble number(String field) {
    Optional<Object> value = value(field);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    return value.get() instanceof Number n
        ? OptionalDouble.of(n.doubleValue())
        : wrong(name(field), "a number", value.get());
  }

  /** A whole number of 32 bits; larger ones are refused. */
  OptionalInt integer(String field) {
    Optional<Object> value = value(field);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    return value.get() instanceof Integer n
        ? OptionalInt.of(n)
        : wrong(name(field), "a whole number of 32 bits", value.get());
  }

  /** A whole number; of one with more than 64 bits the lower 64. */
  OptionalLong wholeNumber(String field) {
    Optional<Object> value = value(field);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    return switch (value.get()) {
      case Integer n -> OptionalLong.of(n);
      case Long n -> OptionalLong.of(n);
      case BigInteger n -> OptionalLong.of(n.longValue());
      case Object other -> wrong(name(field), "a whole number", other);
    };
  }

  Optional<JsonFields> object(String field) {
    return value(field).map(v -> object(v, name(field)));
  }

  /** The objects in a list that must be there. */
  List<JsonFields> requiredObjects(String field) {
    List<Object> items = items(field).orElseThrow(() -> missing(field));
    List<JsonFields> objects = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      objects.add(object(items.get(i), "%s[%d]".formatted(name(field), i)));
    }
    return objects;
  }

  /** The texts in a list; a single text counts as a list of one. */
  List<String> texts(String field) {
    if (value(field).orElse("") instanceof String) {
      return text(field).map(List::of).orElse(List.of());
    }
    List<Object> items = items(field).orElse(List.of());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      texts.add(text(items.get(i), "%s[%d]".formatted(name(field), i)));
    }
    return texts;
  }

  private Optional<List<Object>> items(String field) {
    return value(field)
        .map(v -> v instanceof List<?> l ? new ArrayList<>(l) : wrong(name(field), "a list", v));
  }

  private static String text(Object value, String name) {
    return value instanceof String s ? s : wrong(name, "a text", value);
  }

  private static JsonFields object(Object value, String name) {
    return value instanceof Map<?, ?> map ? of(map, name + ".") : wrong(name, "an object", value);
  }

  private ApiError missing(String field) {
    return ApiError.field(name(field), "expected it, found nothing");
  }

  private static <T> T wrong(String name, String expected, Object found) {
    throw ApiError.field(name, "expected %s, found %s".formatted(expected, shown(found)));
  }

  private static String shown(Object found) {
    return switch (found) {
      case null -> "null";
      case String s -> "the text \"%s\"".formatted(shortened(s));
      case List<?> _ -> "a list";
      case Map<?, ?> _ -> "an object";
      default -> shortened(found.toString());
    };
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}

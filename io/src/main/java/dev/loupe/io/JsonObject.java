package dev.loupe.io;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * The fields of a JSON object by name and type. A field that is absent or null is empty; one of
 * another type is refused under its full name, such as {@code messages[0].content[1].text}. All
 * methods throw {@link JsonException} for that.
 *
 * @param values of the object
 * @param path to the object, ending in a dot; empty for the outermost
 */
public record JsonObject(Map<String, Object> values, String path) {

  private static final int SHOWN = 40;

  private static final double LONGS = 0x1p63;

  /** The outermost object of a text, as the parser made it. */
  public static JsonObject of(Map<?, ?> object) {
    return of(object, "");
  }

  @SuppressWarnings("unchecked") // The parser makes objects of nothing but names and values.
  private static JsonObject of(Map<?, ?> object, String path) {
    return new JsonObject((Map<String, Object>) object, path);
  }

  /** The full name of a field. */
  public String name(String field) {
    return path + field;
  }

  /** The value as the parser made it. */
  public Optional<Object> value(String field) {
    return Optional.ofNullable(values.get(field));
  }

  /** Whether the field is there and not null. */
  public boolean has(String field) {
    return value(field).isPresent();
  }

  /** A string. */
  public Optional<String> text(String field) {
    return value(field).map(v -> text(v, name(field)));
  }

  /** A string that must be there. */
  public String requiredText(String field) {
    return text(field).orElseThrow(() -> wrong(field, "a string"));
  }

  /** True or false. */
  public boolean flag(String field, boolean absent) {
    return value(field)
        .map(v -> v instanceof Boolean b ? b : refuse(name(field), "true or false", v))
        .orElse(absent);
  }

  /** A number. */
  public OptionalDouble number(String field) {
    return value(field)
        .map(v -> OptionalDouble.of(number(v, name(field))))
        .orElse(OptionalDouble.empty());
  }

  /** A whole number of 32 bits; larger ones are refused. */
  public OptionalInt integer(String field) {
    return value(field)
        .map(v -> OptionalInt.of(integer(v, name(field))))
        .orElse(OptionalInt.empty());
  }

  /** A whole number of 32 bits that must be there. */
  public int requiredInteger(String field) {
    return integer(field).orElseThrow(() -> wrong(field, "an integer"));
  }

  /** A whole number; of one with more than 64 bits the lower 64. */
  public OptionalLong wholeNumber(String field) {
    return switch (value(field).orElse(null)) {
      case null -> OptionalLong.empty();
      case Integer n -> OptionalLong.of(n);
      case Long n -> OptionalLong.of(n);
      case BigInteger n -> OptionalLong.of(n.longValue());
      case Double n when n == Math.rint(n) && Math.abs(n) < LONGS -> OptionalLong.of(n.longValue());
      default -> throw wrong(field, "an integer");
    };
  }

  /** An object inside this one. */
  public Optional<JsonObject> object(String field) {
    return value(field).map(v -> object(v, name(field)));
  }

  /** The objects in a list that must be there. */
  public List<JsonObject> requiredObjects(String field) {
    String expected = "a list of objects";
    return items(field, expected, JsonObject::object).orElseThrow(() -> wrong(field, expected));
  }

  /** The strings in a list; a single string counts as a list of one. Empty if absent. */
  public List<String> texts(String field) {
    if (values.get(field) instanceof String text) {
      return List.of(text);
    }
    return items(field, "a list of strings", JsonObject::text).orElse(List.of());
  }

  /** The integers in a list; a single integer counts as a list of one. Empty if absent. */
  public List<Integer> integers(String field) {
    if (values.get(field) instanceof Number) {
      return List.of(requiredInteger(field));
    }
    return items(field, "a list of integers", JsonObject::integer).orElse(List.of());
  }

  /** The numbers in a list. */
  public Optional<List<Double>> numbers(String field) {
    return items(field, "a list of numbers", JsonObject::number);
  }

  /** What was found in a field, and what was expected there: an exception to throw. */
  public JsonException wrong(String field, String expected) {
    return values.containsKey(field)
        ? wrong(name(field), expected, values.get(field))
        : new JsonException(name(field), "expected %s, found nothing".formatted(expected));
  }

  /** The same of an item of {@link #texts} or {@link #integers}. */
  public JsonException wrong(String field, int item, String expected) {
    return values.get(field) instanceof List<?> list
        ? wrong(itemName(field, item), expected, list.get(item))
        : wrong(field, expected);
  }

  /** The same with a remedy. */
  public JsonException wrong(String field, String expected, String remedy) {
    String problem = wrong(field, expected).problem();
    return new JsonException(name(field), problem + "; " + remedy);
  }

  private <T> Optional<List<T>> items(
      String field, String expected, BiFunction<Object, String, T> read) {
    return value(field)
        .map(v -> v instanceof List<?> l ? l : refuse(name(field), expected, v))
        .map(list -> {
          List<T> items = new ArrayList<>();
          for (Object item : list) {
            items.add(read.apply(item, itemName(field, items.size())));
          }
          return List.copyOf(items);
        });
  }

  /** Part of a protocol, so in the digits of ASCII. */
  private String itemName(String field, int item) {
    return name(field) + "[" + item + "]";
  }

  private static String text(Object value, String name) {
    return value instanceof String s ? s : refuse(name, "a string", value);
  }

  private static double number(Object value, String name) {
    if (!(value instanceof Number n)) {
      return refuse(name, "a number", value);
    }
    return Double.isFinite(n.doubleValue())
        ? n.doubleValue()
        : refuse(name, "a number of magnitude below 1.8e308", value);
  }

  private static int integer(Object value, String name) {
    if (!(value instanceof Number n) || n.doubleValue() != Math.rint(n.doubleValue())) {
      return refuse(name, "an integer", value);
    }
    return n.doubleValue() == n.intValue()
        ? n.intValue()
        : refuse(name, "an integer of 32 bits", value);
  }

  private static JsonObject object(Object value, String name) {
    return value instanceof Map<?, ?> map ? of(map, name + ".") : refuse(name, "an object", value);
  }

  private static <T> T refuse(String name, String expected, Object found) {
    throw wrong(name, expected, found);
  }

  private static JsonException wrong(String name, String expected, Object found) {
    return new JsonException(name, "expected %s, found %s".formatted(expected, shown(found)));
  }

  /** A value in a message. */
  static String shown(Object found) {
    return switch (found) {
      case null -> "null";
      case String s -> "\"%s\"".formatted(shortened(s));
      case List<?> _ -> "a list";
      case Map<?, ?> _ -> "an object";
      default -> shortened(found.toString());
    };
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}

package dev.loupe.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One object of a configuration file, whose fields are read with a type and a name for errors:
 * {@code config.json: vision_config.depth: expected an integer, found "four"}.
 *
 * @param path which object of which file: {@code config.json: vision_config.}
 * @param fields its content, as the JSON parser gives it
 */
record ConfigFields(String path, Map<String, Object> fields) {

  /** The top-level object of a file. */
  static ConfigFields of(String file, Map<String, Object> fields) {
    return new ConfigFields(file + ": ", fields);
  }

  boolean has(String name) {
    return fields.get(name) != null;
  }

  int integer(String name) throws IOException {
    return integerOf(name, required(name, "an integer"));
  }

  int integer(String name, int absent) throws IOException {
    return has(name) ? integer(name) : absent;
  }

  double number(String name, double absent) throws IOException {
    Object value = fields.get(name);
    return switch (value) {
      case null -> absent;
      case Number n -> n.doubleValue();
      default -> throw wrong(name, "a number", value);
    };
  }

  boolean flag(String name, boolean absent) throws IOException {
    Object value = fields.get(name);
    return switch (value) {
      case null -> absent;
      case Boolean b -> b;
      default -> throw wrong(name, "true or false", value);
    };
  }

  String text(String name, String absent) throws IOException {
    Object value = fields.get(name);
    return switch (value) {
      case null -> absent;
      case String s -> s;
      default -> throw wrong(name, "a string", value);
    };
  }

  /** A list of integers; a single integer is a list of one. Empty if absent. */
  List<Integer> integers(String name) throws IOException {
    Object value = fields.get(name);
    List<Integer> all = new ArrayList<>();
    switch (value) {
      case null -> {}
      case List<?> list -> {
        for (Object item : list) {
          all.add(integerOf(name, item));
        }
      }
      default -> all.add(integerOf(name, value));
    }
    return all;
  }

  /** A list of strings; a single string is a list of one. Empty if absent. */
  List<String> texts(String name) throws IOException {
    Object value = fields.get(name);
    List<String> all = new ArrayList<>();
    switch (value) {
      case null -> {}
      case String s when !s.isEmpty() -> all.add(s);
      case List<?> list -> {
        for (Object item : list) {
          if (!(item instanceof String s && !s.isEmpty())) {
            throw wrong(name, "strings that are not empty", item);
          }
          all.add(s);
        }
      }
      default -> throw wrong(name, "a list of strings that are not empty", value);
    }
    return List.copyOf(all);
  }

  /** An object inside this one. */
  Optional<ConfigFields> object(String name) throws IOException {
    Object value = fields.get(name);
    return switch (value) {
      case null -> Optional.empty();
      case Map<?, ?> map -> Optional.of(new ConfigFields(path + name + ".", keyed(map)));
      default -> throw wrong(name, "an object", value);
    };
  }

  private static Map<String, Object> keyed(Map<?, ?> map) {
    Map<String, Object> keyed = new java.util.LinkedHashMap<>();
    map.forEach((key, value) -> keyed.put(String.valueOf(key), value));
    return keyed;
  }

  private int integerOf(String name, Object value) throws IOException {
    if (value instanceof Number n && n.doubleValue() == n.intValue()) {
      return n.intValue();
    }
    throw wrong(name, "an integer", value);
  }

  private Object required(String name, String expected) throws IOException {
    Object value = fields.get(name);
    if (value == null) {
      throw new IOException(path + name + ": expected " + expected + ", found nothing");
    }
    return value;
  }

  private IOException wrong(String name, String expected, Object found) {
    String shown = found instanceof String s ? '"' + s + '"' : String.valueOf(found);
    return new IOException(path + name + ": expected " + expected + ", found " + shown);
  }
}

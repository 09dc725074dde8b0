package dev.loupe.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Bodies of requests with mistakes in them: each is made from a seed and its number alone, so that
 * one that fails can be made again.
 *
 * @param seed of all
 * @param originals bodies without mistakes
 */
record RequestMutations(long seed, List<Map<String, Object>> originals) {

  /** Values that are put in the place of others. */
  private static final List<Object> VALUES =
      Arrays.asList(
          null,
          true,
          "",
          "\u0000",
          "\u202e",
          "<|image_pad|>",
          "data:image/png;base64,",
          "x".repeat(5000),
          List.of(),
          Map.of(),
          List.of(List.of(Map.of())),
          0,
          -1,
          1.0,
          -0.0,
          0.5,
          1e308,
          1e-320,
          Integer.MAX_VALUE,
          Integer.MIN_VALUE,
          Long.MAX_VALUE,
          7L << 40);

  /** Pieces of text that are put in between. */
  private static final List<String> PIECES =
      List.of(
          "null",
          "{",
          "}",
          "[",
          "]",
          "\"",
          ",",
          ":",
          "\\",
          "\\u0000",
          "\\ud800",
          "\\udc00",
          "-",
          "1e308",
          "1e-320",
          "1e999",
          "NaN",
          "0x1",
          "9".repeat(1200),
          "[".repeat(200),
          "{\"a\":".repeat(200),
          "\u0000",
          "\u001b",
          "\u202e",
          "\ufeff",
          "\r\n",
          " ".repeat(300),
          ";base64,",
          "data:",
          "%",
          "%00",
          "=",
          "==",
          "http://127.0.0.1/",
          "file:///etc/passwd",
          "\"role\":\"user\"",
          "\"content\":null",
          "\"images\":[null]");

  /** The body of a number. */
  byte[] body(long number) {
    SplittableRandom random = new SplittableRandom(seed + number * 0x9e3779b97f4a7c15L);
    Map<String, Object> original = originals.get(random.nextInt(originals.size()));
    Object tree = original;
    for (int i = random.nextInt(3); i > 0; i--) {
      tree = changedTree(tree, random);
    }
    byte[] body =
        Client.text(Collections.singletonMap("it", tree)).getBytes(StandardCharsets.UTF_8);
    body = Arrays.copyOfRange(body, "{\"it\":".length(), body.length - 1);
    for (int i = random.nextInt(3); i > 0; i--) {
      body = changedBytes(body, random);
    }
    return body;
  }

  /** Puts a value in the place of another somewhere in a tree, takes it out, or moves a name. */
  private static Object changedTree(Object tree, SplittableRandom random) {
    boolean here = random.nextInt(3) == 0;
    if (tree instanceof Map<?, ?> map && !map.isEmpty() && !here) {
      Map<Object, Object> changed = new LinkedHashMap<>(map);
      Object key = List.copyOf(map.keySet()).get(random.nextInt(map.size()));
      switch (random.nextInt(8)) {
        case 0 -> changed.remove(key);
        case 1 -> changed.put(key + "s", changed.remove(key));
        default -> changed.put(key, changedTree(map.get(key), random));
      }
      return changed;
    }
    if (tree instanceof List<?> list && !list.isEmpty() && !here) {
      List<Object> changed = new ArrayList<>(list);
      int place = random.nextInt(list.size());
      switch (random.nextInt(8)) {
        case 0 -> changed.remove(place);
        case 1 -> changed.add(place, list.get(place));
        default -> changed.set(place, changedTree(list.get(place), random));
      }
      return changed;
    }
    return VALUES.get(random.nextInt(VALUES.size()));
  }

  private static byte[] changedBytes(byte[] body, SplittableRandom random) {
    if (body.length == 0) {
      return body;
    }
    int place = random.nextInt(body.length);
    int end = Math.min(body.length, place + 1 + random.nextInt(random.nextBoolean() ? 4 : 400));
    switch (random.nextInt(6)) {
      case 0 -> {
        byte[] changed = body.clone();
        changed[place] ^= (byte) (1 << random.nextInt(8));
        return changed;
      }
      case 1 -> {
        byte[] changed = body.clone();
        changed[place] = (byte) random.nextInt(256);
        return changed;
      }
      case 2 -> {
        return Arrays.copyOf(body, place);
      }
      case 3 -> {
        return joined(Arrays.copyOf(body, place), new byte[0], body, end);
      }
      case 4 -> {
        return joined(body, new byte[0], body, place);
      }
      default -> {
        String piece = PIECES.get(random.nextInt(PIECES.size()));
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        return joined(Arrays.copyOf(body, place), bytes, body, place);
      }
    }
  }

  private static byte[] joined(byte[] head, byte[] piece, byte[] body, int from) {
    byte[] changed = new byte[head.length + piece.length + body.length - from];
    System.arraycopy(head, 0, changed, 0, head.length);
    System.arraycopy(piece, 0, changed, head.length, piece.length);
    System.arraycopy(body, from, changed, head.length + piece.length, body.length - from);
    return changed;
  }
}

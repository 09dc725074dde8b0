package dev.loupe.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Damages valid files, by a seed: bytes are flipped, set, inserted, cut out, copied, and replaced
 * by what parsers are known to stumble over. The same seed and counter give the same bytes.
 */
public final class Mutations {

  /** What parsers of JSON and of numbers stumble over. */
  private static final List<byte[]> TOKENS =
      List.of(
              "null",
              "true",
              "false",
              "{}",
              "[]",
              "{",
              "}",
              "[",
              "]",
              "\"",
              ",",
              ":",
              "-",
              "0",
              "-0",
              "-1",
              "1e999",
              "-1e999",
              "1e-320",
              "NaN",
              "Infinity",
              "0.5",
              "2147483647",
              "2147483648",
              "-2147483648",
              "4294967296",
              "9223372036854775807",
              "9223372036854775808",
              "18446744073709551615",
              "18446744073709551616",
              "\"\\ud800\"",
              "\"\\udc00\"",
              "\"\\u0000\"",
              "\"../../etc/passwd\"",
              "\\u001b[2J",
              "\\u202e",
              "\u202e",
              "\0",
              "\u001b",
              "\n",
              "\ufeff",
              "[[[[[[[[[[[[[[[[[[[[[[[[",
              "{\"a\":{\"a\":{\"a\":{\"a\":",
              "\"a\":1,\"a\":2",
              "99999999999999999999999999999999999")
          .stream()
          .map(token -> token.getBytes(StandardCharsets.UTF_8))
          .toList();

  private final long seed;
  private final List<byte[]> originals;

  /** Mutations of some files. */
  public Mutations(long seed, List<byte[]> originals) {
    this.seed = seed;
    this.originals = List.copyOf(originals);
  }

  /** The mutation of this number. */
  public byte[] get(long counter) {
    SplittableRandom random = new SplittableRandom(seed ^ (counter * 0x9E3779B97F4A7C15L));
    byte[] content = originals.get(random.nextInt(originals.size())).clone();
    int changes = 1 + Integer.numberOfTrailingZeros(random.nextInt() | 8); // Half of them one.
    for (int i = 0; i < changes; i++) {
      content = changed(content, random);
    }
    return content;
  }

  /** What makes them again. */
  @Override
  public String toString() {
    return "mutations of " + originals.size() + " files, seed " + seed;
  }

  private static byte[] changed(byte[] content, SplittableRandom random) {
    if (content.length == 0) {
      return token(random).clone(); // The next change is made in place.
    }
    int at = random.nextInt(content.length);
    switch (random.nextInt(8)) {
      case 0 -> content[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> content[at] = (byte) random.nextInt(256);
      case 2 -> {
        return spliced(content, at, at, token(random));
      }
      case 3 -> {
        return spliced(content, at, end(content, at, random), new byte[0]);
      }
      case 4 -> {
        int from = random.nextInt(content.length);
        return spliced(
            content, at, at, Arrays.copyOfRange(content, from, end(content, from, random)));
      }
      case 5 -> {
        return Arrays.copyOf(content, at);
      }
      default -> {
        return value(content, at, token(random));
      }
    }
    return content;
  }

  /** Replaces what stands between two marks of JSON: often a whole value or name. */
  private static byte[] value(byte[] content, int at, byte[] by) {
    int from = at;
    while (from > 0 && !isMark(content[from - 1])) {
      from--;
    }
    int to = at;
    while (to < content.length && !isMark(content[to])) {
      to++;
    }
    return spliced(content, from, to, by);
  }

  private static boolean isMark(byte b) {
    return b == ',' || b == ':' || b == '{' || b == '}' || b == '[' || b == ']';
  }

  private static byte[] token(SplittableRandom random) {
    return TOKENS.get(random.nextInt(TOKENS.size()));
  }

  private static int end(byte[] content, int from, SplittableRandom random) {
    return Math.min(content.length, from + 1 + random.nextInt(32));
  }

  private static byte[] spliced(byte[] content, int from, int to, byte[] by) {
    byte[] result = new byte[content.length - (to - from) + by.length];
    System.arraycopy(content, 0, result, 0, from);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(content, to, result, from + by.length, content.length - to);
    return result;
  }
}

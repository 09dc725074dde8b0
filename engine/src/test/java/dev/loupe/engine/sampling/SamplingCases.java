package dev.loupe.engine.sampling;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/**
 * The golden files of this package, all made with transformers and PyTorch 2.13+cpu on processors
 * with AVX-512: the logits processors together ({@code warpers}) and one at a time ({@code
 * processors}), what {@code torch.multinomial} refuses ({@code invalid}) and draws ({@code draws},
 * from {@code probs.safetensors}), {@code torch.softmax} and {@code torch.sort}.
 */
final class SamplingCases {
  private SamplingCases() {}

  /** The lines of a file, each a JSON object. */
  static List<Map<String, Object>> lines(String name) {
    String text = new String(bytes(name), StandardCharsets.UTF_8);
    return text.lines().map(line -> JSON.std.mapFrom(line)).toList();
  }

  /** An array of numbers, in which null stands for minus infinity. */
  static float[] floats(Object list) {
    var values = (List<?>) list;
    var result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] =
          switch (values.get(i)) {
            case null -> Float.NEGATIVE_INFINITY;
            case Number number -> number.floatValue();
            case String s when s.equals("nan") -> Float.NaN;
            case String s when s.equals("inf") -> Float.POSITIVE_INFINITY;
            case String s when s.equals("-inf") -> Float.NEGATIVE_INFINITY;
            case Object other -> throw new IllegalArgumentException("not a number: " + other);
          };
    }
    return result;
  }

  static int[] ints(Object list) {
    return ((List<?>) list).stream().mapToInt(v -> ((Number) v).intValue()).toArray();
  }

  static double number(Map<?, ?> map, String key) {
    return ((Number) map.get(key)).doubleValue();
  }

  /** Bit patterns, with one for all NaN. */
  static int[] bits(float[] values) {
    var bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }

  /** A float32 tensor of {@code probs.safetensors}. */
  static float[] probabilities(String name) {
    var file = ByteBuffer.wrap(bytes("probs.safetensors")).order(ByteOrder.LITTLE_ENDIAN);
    var header = new byte[(int) file.getLong()];
    file.get(header);
    var entry = (Map<?, ?>) JSON.std.mapFrom(header).get(name);
    int[] range = ints(entry.get("data_offsets"));
    var result = new float[(range[1] - range[0]) / Float.BYTES];
    file.position(file.position() + range[0])
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(result);
    return result;
  }

  private static byte[] bytes(String name) {
    try (InputStream in = SamplingCases.class.getResourceAsStream("/sampling/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

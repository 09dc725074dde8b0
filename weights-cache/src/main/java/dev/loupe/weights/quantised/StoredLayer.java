package dev.loupe.weights.quantised;

import dev.loupe.io.Printable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The stored tensors of one linear layer, by what their names end in: {@code qweight}, {@code
 * scales}. Whatever is not as it must be is refused with the tensor's name, what was expected and
 * what was found.
 *
 * @param weights that hold them
 * @param name of the layer: {@code model.layers.0.mlp.up_proj}
 */
record StoredLayer(ModelWeights weights, String name) {

  /** More is a mistake: the widest published layer has 29,696. */
  private static final int MAX_WIDTH = 10_000_000;

  /** Scales and zero points of one layer; the largest published has 2 million. */
  private static final long MAX_SCALES = 1L << 28;

  static final String DAMAGED = "the file is damaged, fetch it again";

  /** The full name of a tensor. */
  String part(String suffix) {
    return name + "." + suffix;
  }

  boolean has(String suffix) {
    return weights.names().contains(part(suffix));
  }

  /**
   * The shape of a matrix of int32 words.
   *
   * @throws IOException if it is missing, or something else
   */
  Shape words(String suffix) throws IOException {
    return matrix(suffix, "I32", StoredType.I32);
  }

  /**
   * The shape of a matrix of scales.
   *
   * @throws IOException if it is missing, or something else
   */
  Shape scales(String suffix) throws IOException {
    Shape shape =
        matrix(suffix, "F16, BF16 or F32", StoredType.F16, StoredType.BF16, StoredType.F32);
    if (shape.elements() > MAX_SCALES) {
      throw wrong(suffix, "at most %,d scales".formatted(MAX_SCALES), shape.toString());
    }
    return shape;
  }

  private Shape matrix(String suffix, String expected, StoredType... types) throws IOException {
    StoredTensor stored = stored(suffix);
    Shape shape = stored.shape();
    boolean sizes =
        shape.rank() == 2 && Arrays.stream(shape.toArray()).allMatch(d -> 0 < d && d <= MAX_WIDTH);
    if (!Arrays.asList(types).contains(stored.type()) || !sizes) {
      throw wrong(
          suffix,
          "a matrix of %s, its sides from 1 to %,d".formatted(expected, MAX_WIDTH),
          stored.type() + " " + shape);
    }
    return shape;
  }

  /**
   * Checks type and shape of a tensor.
   *
   * @param reason why it must have this shape
   * @throws IOException if it is missing, or something else
   */
  void require(String suffix, StoredType type, Shape expected, String reason) throws IOException {
    StoredTensor stored = stored(suffix);
    if (stored.type() != type || !stored.shape().equals(expected)) {
      throw wrong(
          suffix,
          "%s %s, since %s".formatted(type, expected, reason),
          stored.type() + " " + stored.shape());
    }
  }

  private StoredTensor stored(String suffix) throws IOException {
    if (!has(suffix)) {
      String prefix = name + ".";
      String others =
          weights.names().stream()
              .filter(other -> other.startsWith(prefix))
              .map(other -> other.substring(prefix.length()))
              .collect(Collectors.joining(", "));
      throw new IOException(
          Printable.escape(
              "%s: expected beside the other tensors of this layer, found only %s; %s"
                  .formatted(part(suffix), others, DAMAGED)));
    }
    return weights.stored(part(suffix));
  }

  /** What was expected of a tensor and what was found: an exception to throw. */
  IOException wrong(String suffix, String expected, String found) {
    return wrong(suffix, expected, found, DAMAGED);
  }

  /** The same with another remedy. */
  IOException wrong(String suffix, String expected, String found, String remedy) {
    return new IOException(
        Printable.escape(
            "%s: expected %s, found %s in %s; %s"
                .formatted(part(suffix), expected, found, weights.origin(part(suffix)), remedy)));
  }

  /** The numbers of a tensor, as a view of what is stored. */
  Tensor tensor(String suffix) throws IOException {
    return weights.tensor(part(suffix));
  }

  /** Says that the views of some tensors are no longer read. */
  void release(String... suffixes) {
    for (String suffix : suffixes) {
      weights.release(part(suffix));
    }
  }

  /**
   * The integers of a vector.
   *
   * @throws IOException if it cannot be read
   */
  int[] integers(String suffix) throws IOException {
    Tensor stored = tensor(suffix);
    int[] values = new int[Math.toIntExact(stored.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = stored.segment().get(Tensor.INT, i * 4L);
    }
    release(suffix);
    return values;
  }

  /**
   * The group of each input.
   *
   * @throws IOException if one is not from 0 to below {@code count}
   */
  int[] groups(String suffix, int count) throws IOException {
    int[] groups = integers(suffix);
    for (int k = 0; k < groups.length; k++) {
      if (groups[k] < 0 || groups[k] >= count) {
        throw wrong(
            suffix, "groups from 0 to %d".formatted(count - 1), "%d at %d".formatted(groups[k], k));
      }
    }
    return groups;
  }

  /**
   * The scales, rounded to the compute type. Those of AutoRound may be negative: it lets the larger
   * end of the range be the lowest integer.
   *
   * @throws IOException if one is infinite or NaN
   */
  float[] scales(String suffix, DType compute) throws IOException {
    float[] values = tensor(suffix).toFloats();
    release(suffix);
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw wrong(suffix, "finite scales", "%s at %d".formatted(values[i], i));
      }
      values[i] = compute == DType.F32 ? values[i] : HalfFormat.of(compute).round(values[i]);
    }
    return values;
  }

  /**
   * Whether float16 holds every scale.
   *
   * @throws IOException if they cannot be read
   */
  boolean hasHalfScales(String suffix) throws IOException {
    if (stored(suffix).type() == StoredType.F16) {
      return true;
    }
    float[] values = tensor(suffix).toFloats();
    release(suffix);
    for (float value : values) {
      if (Float.float16ToFloat(Float.floatToFloat16(value)) != value) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether all words of a tensor are the same.
   *
   * @throws IOException if it cannot be read
   */
  boolean hasOnly(String suffix, int word) throws IOException {
    return Arrays.stream(integers(suffix)).allMatch(found -> found == word);
  }

  /**
   * Whether a bias of the layer has a number other than 0.
   *
   * @throws IOException if it is no vector of this width in F32, BF16 or F16
   */
  boolean hasBias(int width) throws IOException {
    if (!has("bias")) {
      return false;
    }
    StoredTensor stored = stored("bias");
    boolean readable =
        stored.type().dtype().filter(WeightSource.STORED_TYPES::contains).isPresent();
    if (!readable || !stored.shape().equals(Shape.of(width))) {
      throw wrong(
          "bias", "F32, BF16 or F16 [%d]".formatted(width), stored.type() + " " + stored.shape());
    }
    float[] values = tensor("bias").toFloats();
    release("bias");
    for (float value : values) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }
}

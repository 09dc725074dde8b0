package dev.loupe.weights.quantised;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The format {@code pack-quantized} of compressed-tensors, 4 or 8 bits: {@code weight_packed} I32
 * [outputs, inputs bits / 32], {@code weight_scale} [outputs, groups], {@code weight_shape} I64 [2]
 * with outputs and inputs. There may be {@code weight_zero_point} I32 [outputs bits / 32, groups],
 * else the zero point is the middle of the range, and {@code weight_g_idx} I32 [inputs], the group
 * of each input, where a -1 anywhere stands for groups in their order.
 */
record CompressedTensor(StoredLayer layer, int bits, int outputs, int inputs, int groups)
    implements QuantisedTensor {
  private static final String ZEROS = "weight_zero_point";
  private static final String ORDER = "weight_g_idx";

  /** Checks types and shapes; reads the two numbers of {@code weight_shape}. */
  static CompressedTensor of(StoredLayer layer) throws IOException {
    Shape scales = layer.scales("weight_scale");
    Shape words = layer.words("weight_packed");
    layer.require("weight_shape", StoredType.I64, Shape.of(2), "a matrix has two sides");
    Tensor sides = layer.tensor("weight_shape");
    long outputs = sides.segment().get(Tensor.LONG, 0);
    long inputs = sides.segment().get(Tensor.LONG, 8);
    layer.release("weight_shape");
    int groups = Math.toIntExact(scales.dim(1));
    long most = words.dim(1) * 8;
    if (outputs != words.dim(0) || inputs < 1 || inputs > most) {
      throw layer.wrong(
          "weight_shape",
          "[%d, 1 to %d], since weight_packed is %s".formatted(words.dim(0), most, words),
          "[%d, %d]".formatted(outputs, inputs));
    }
    int width = Math.toIntExact(inputs);
    int height = Math.toIntExact(outputs);
    int bits = words.dim(1) == Packing.words(width, 8) ? 8 : 4;
    String reason = "weight_shape is [%d, %d]".formatted(outputs, inputs);
    layer.require(
        "weight_packed", StoredType.I32, Shape.of(height, Packing.words(width, bits)), reason);
    if (scales.dim(0) != outputs || inputs % groups != 0) {
      throw layer.wrong(
          "weight_scale",
          "[%d, a divisor of %d], since %s".formatted(outputs, inputs, reason),
          scales.toString());
    }
    if (layer.has(ZEROS)) {
      Shape zeros = Shape.of(Packing.words(height, bits), groups);
      layer.require(ZEROS, StoredType.I32, zeros, "weight_scale is " + scales);
    }
    if (layer.has(ORDER)) {
      layer.require(ORDER, StoredType.I32, Shape.of(inputs), reason);
    }
    return new CompressedTensor(layer, bits, height, width, groups);
  }

  @Override
  public String format() {
    return "compressed-tensors (pack-quantized)";
  }

  @Override
  public List<String> parts() {
    List<String> parts = new ArrayList<>(List.of("weight_packed", "weight_scale"));
    for (String part : List.of(ZEROS, "weight_shape", ORDER)) {
      if (layer.has(part)) {
        parts.add(part);
      }
    }
    return parts;
  }

  @Override
  public boolean isMatmul() {
    return false;
  }

  @Override
  public Dequantiser open(DType compute) throws IOException {
    float[] scales = new float[groups * outputs];
    float[] stored = layer.scales("weight_scale", compute);
    for (int i = 0; i < stored.length; i++) {
      scales[i % groups * outputs + i / groups] = stored[i];
    }
    int[] zeros = zeros();
    int[] groupOf = groupOfInputs();
    Tensor weights = layer.tensor("weight_packed");
    return new Dequantiser(
        (output, input) -> Packing.ALONG_ROWS.number(weights, bits, output, input),
        outputs,
        zeros,
        scales,
        groupOf);
  }

  private int[] zeros() throws IOException {
    int[] zeros = new int[groups * outputs];
    if (!layer.has(ZEROS)) {
      Arrays.fill(zeros, 1 << bits - 1);
      return zeros;
    }
    Tensor words = layer.tensor(ZEROS);
    for (int i = 0; i < zeros.length; i++) {
      zeros[i] = Packing.DOWN_COLUMNS.number(words, bits, i % outputs, i / outputs);
    }
    layer.release(ZEROS);
    return zeros;
  }

  private int[] groupOfInputs() throws IOException {
    boolean unordered =
        !layer.has(ORDER) || Arrays.stream(layer.integers(ORDER)).anyMatch(group -> group == -1);
    return unordered ? Dequantiser.evenGroups(inputs, groups) : layer.groups(ORDER, groups);
  }

  @Override
  public Optional<QuantisedType> panels() throws IOException {
    boolean ordered = Dequantiser.areEven(groupOfInputs(), groups);
    return ordered && layer.hasHalfScales("weight_scale")
        ? QuantisedType.holding(bits, inputs / groups, layer.has(ZEROS))
        : Optional.empty();
  }

  @Override
  public void release() {
    layer.release("weight_packed");
  }
}

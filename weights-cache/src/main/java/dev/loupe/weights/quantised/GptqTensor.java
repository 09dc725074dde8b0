package dev.loupe.weights.quantised;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * GPTQ, version 1 of AutoGPTQ ({@code qlinear_cuda_old.py}), 4 or 8 bits: {@code qweight} I32
 * [inputs bits / 32, outputs], {@code qzeros} I32 [groups, outputs bits / 32], {@code scales}
 * [groups, outputs] and {@code g_idx} I32 [inputs], the group of each input. Stored zero points are
 * one less than those of the rule.
 *
 * @param symmetric whether all zero points must be the middle of the range
 */
record GptqTensor(
    StoredLayer layer, int bits, int outputs, int inputs, int groups, boolean symmetric)
    implements QuantisedTensor {

  private static final String TWO =
      "version 2 (gptq_v2) stores zero points differently and is not read; take the checkpoint in "
          + "version 1, as Qwen publishes it";

  /** Checks types and shapes. */
  static GptqTensor of(StoredLayer layer, QuantizationConfig config) throws IOException {
    Shape scales = layer.scales("scales");
    Shape words = layer.words("qweight");
    Shape zeros = layer.words("qzeros");
    int groups = Math.toIntExact(scales.dim(0));
    int outputs = Math.toIntExact(scales.dim(1));
    String reason = "the scales are " + scales;
    int bits = zeros.dim(1) * 4 == outputs ? 8 : 4;
    int perWord = Integer.SIZE / bits;
    if (outputs % perWord != 0) {
      throw layer.wrong("scales", "a multiple of %d outputs".formatted(perWord), outputs + "");
    }
    layer.require("qzeros", StoredType.I32, Shape.of(groups, outputs / perWord), reason);
    int inputs = Math.toIntExact(words.dim(0) * perWord);
    layer.require("qweight", StoredType.I32, Shape.of(words.dim(0), outputs), reason);
    if (layer.has("g_idx")) {
      layer.require("g_idx", StoredType.I32, Shape.of(inputs), "qweight is " + words);
    } else if (config.ordered()) {
      throw layer.wrong(
          "g_idx", "the group of each input, since quantization_config has desc_act", "none");
    } else if (inputs % groups != 0) {
      throw layer.wrong(
          "scales", "groups of equal size of %d inputs".formatted(inputs), groups + " groups");
    }
    return new GptqTensor(layer, bits, outputs, inputs, groups, config.symmetric());
  }

  @Override
  public String format() {
    return "GPTQ";
  }

  @Override
  public List<String> parts() {
    List<String> parts = new ArrayList<>(List.of("qweight", "qzeros", "scales"));
    if (layer.has("g_idx")) {
      parts.add("g_idx");
    }
    return parts;
  }

  @Override
  public boolean isMatmul() {
    return true;
  }

  @Override
  public Dequantiser open(DType compute) throws IOException {
    float[] scales = layer.scales("scales", compute);
    int[] zeros = zeros();
    int[] groupOf =
        layer.has("g_idx") ? layer.groups("g_idx", groups) : Dequantiser.evenGroups(inputs, groups);
    Tensor weights = layer.tensor("qweight");
    return new Dequantiser(
        (output, input) -> Packing.DOWN_COLUMNS.number(weights, bits, input, output),
        outputs,
        zeros,
        scales,
        groupOf);
  }

  /** A zero point of 0 would be stored as -1, which programs read as 16 or 0, or as a carry. */
  private int[] zeros() throws IOException {
    Tensor words = layer.tensor("qzeros");
    int middle = 1 << bits - 1;
    int[] zeros = new int[groups * outputs];
    for (int i = 0; i < zeros.length; i++) {
      int stored = Packing.ALONG_ROWS.number(words, bits, i / outputs, i % outputs);
      if (symmetric && stored != middle - 1) {
        throw layer.wrong(
            "qzeros",
            "%d everywhere, since quantization_config has sym true".formatted(middle - 1),
            "%d in group %d of output %d".formatted(stored, i / outputs, i % outputs),
            stored == middle ? TWO : StoredLayer.DAMAGED);
      }
      if (stored == 2 * middle - 1) {
        throw layer.wrong(
            "qzeros",
            "0 to %d".formatted(2 * middle - 2),
            "%d in group %d of output %d".formatted(stored, i / outputs, i % outputs),
            "programs disagree about such a zero point; quantise the model again, symmetrically");
      }
      zeros[i] = stored + 1;
    }
    layer.release("qzeros");
    return zeros;
  }

  @Override
  public Optional<QuantisedType> panels() throws IOException {
    boolean ordered = !layer.has("g_idx") || Dequantiser.areEven(layer.integers("g_idx"), groups);
    if (!ordered || !layer.hasHalfScales("scales")) {
      return Optional.empty();
    }
    boolean zeros = !layer.hasOnly("qzeros", bits == Byte.SIZE ? 0x7f7f7f7f : 0x77777777);
    return QuantisedType.holding(bits, inputs / groups, zeros);
  }

  @Override
  public void release() {
    layer.release("qweight");
  }
}

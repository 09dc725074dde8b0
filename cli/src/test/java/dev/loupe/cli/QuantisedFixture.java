package dev.loupe.cli;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A copy of the built-in model, one layer of it in GPTQ with 4 bits and groups of 32: its weights
 * are -8 to 7 hundredths. Tests break a part of it.
 */
public final class QuantisedFixture {

  /** The quantised layer. */
  public static final String LAYER = "model.layers.0.mlp.up_proj";

  private static final int INPUTS = 160;
  private static final int OUTPUTS = 448;
  private static final int GROUP = 32;

  private final Arena arena = Arena.ofAuto();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  public QuantisedFixture() {
    int groups = INPUTS / GROUP;
    words("qweight", 0x8b3f5a27, INPUTS / 8, OUTPUTS);
    words("qzeros", 0x77777777, groups, OUTPUTS / 8);
    words("g_idx", 0, INPUTS);
    for (int k = 0; k < INPUTS; k++) {
      tensors.get(LAYER + ".g_idx").segment().set(Tensor.INT, k * 4L, k / GROUP);
    }
    Tensor scales = Tensor.allocate(arena, DType.F16, groups, OUTPUTS);
    for (long i = 0; i < scales.shape().elements(); i++) {
      scales.segment().set(Tensor.HALF, i * 2, Float.floatToFloat16(0.01f));
    }
    tensors.put(LAYER + ".scales", scales);
  }

  /** Puts a tensor of one word everywhere in the place of a part. */
  public QuantisedFixture words(String part, int word, long... dims) {
    Tensor words = Tensor.allocate(arena, DType.I32, dims);
    for (long i = 0; i < words.shape().elements(); i++) {
      words.segment().set(Tensor.INT, i * 4, word);
    }
    tensors.put(LAYER + "." + part, words);
    return this;
  }

  /**
   * The model as a folder.
   *
   * @param configuration what {@code config.json} says of the format
   */
  public Path in(Path folder, Map<String, Object> configuration) throws IOException {
    Fixtures.modelIn(folder);
    Fixtures.edit(
        folder.resolve("config.json"), json -> json.put("quantization_config", configuration));
    try (ModelWeights weights = BuiltInModel.files().openWeights()) {
      Map<String, Tensor> all = new LinkedHashMap<>();
      for (String name : weights.names()) {
        if (!name.equals(LAYER + ".weight")) {
          all.put(name, weights.tensor(name));
        }
      }
      all.putAll(tensors);
      SafetensorsWriter.write(folder.resolve("model.safetensors"), all, Map.of("format", "pt"));
    }
    return folder;
  }

  /** The same, described as it is. */
  public Path in(Path folder) throws IOException {
    return in(folder, Map.of("quant_method", "gptq", "bits", 4, "group_size", GROUP));
  }
}

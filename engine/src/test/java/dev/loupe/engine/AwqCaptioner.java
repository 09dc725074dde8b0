package dev.loupe.engine;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The built-in model with its decoder in AWQ, rounded to the nearest of 16 values in groups of 32
 * inputs; everything else is as it was. Tests change its tensors and configuration.
 */
final class AwqCaptioner {
  private static final int GROUP = 32;
  private static final int[] COLUMNS = {0, 2, 4, 6, 1, 3, 5, 7};

  private static final String CONFIG =
      """
      "quantization_config": {"bits": 4, "group_size": 32, "modules_to_not_convert": ["visual"],
       "quant_method": "awq", "version": "gemm", "zero_point": true},
      """;

  private final Path file;
  private final Arena arena = Arena.ofAuto();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private String config;

  /**
   * The model.
   *
   * @param folder for a file between
   * @param inner as many rows as the MLPs get, the last of zeros where these are more than the
   *     model's 448
   */
  AwqCaptioner(Path folder, int inner) throws IOException {
    file = folder.resolve("awq.safetensors");
    config =
        ChangedModel.text("config.json")
            .replaceFirst("\\{", "{" + CONFIG)
            .replaceFirst("\"intermediate_size\": \\d+", "\"intermediate_size\": " + inner);
    try (ModelWeights weights = BuiltInModel.files().openWeights()) {
      for (String name : weights.names()) {
        Tensor t = weights.tensor(name);
        if (name.startsWith("model.layers.") && t.shape().rank() == 2) {
          int outputs =
              name.contains("gate_proj") || name.contains("up_proj") ? inner : t.rowCount();
          int inputs = name.contains("down_proj") ? inner : t.columnCount();
          quantise(name.substring(0, name.lastIndexOf('.') + 1), t, outputs, inputs);
        } else {
          with(name, Tensor.ofFloats(arena, t.toFloats(), t.shape().toArray()));
        }
      }
    }
  }

  private void quantise(String layer, Tensor w, int outputs, int inputs) {
    Tensor words = Tensor.allocate(arena, DType.I32, inputs, outputs / 8);
    Tensor zeros = Tensor.allocate(arena, DType.I32, inputs / GROUP, outputs / 8);
    Tensor scales = Tensor.allocate(arena, DType.F16, inputs / GROUP, outputs);
    for (int n = 0; n < outputs; n++) {
      for (int g = 0; g < inputs / GROUP; g++) {
        float low = 0;
        float high = 0;
        for (int k = g * GROUP; k < (g + 1) * GROUP; k++) {
          low = Math.min(low, weight(w, n, k));
          high = Math.max(high, weight(w, n, k));
        }
        short half = Float.floatToFloat16(Math.max((high - low) / 15, 1e-5f));
        float scale = Float.float16ToFloat(half);
        int zero = Math.clamp(Math.round(-low / scale), 0, 15);
        scales.segment().set(Tensor.HALF, ((long) g * outputs + n) * 2, half);
        put(zeros, g, n, zero);
        for (int k = g * GROUP; k < (g + 1) * GROUP; k++) {
          put(words, k, n, Math.clamp(Math.round(weight(w, n, k) / scale) + zero, 0, 15));
        }
      }
    }
    with(layer + "qweight", words).with(layer + "qzeros", zeros).with(layer + "scales", scales);
  }

  private static float weight(Tensor w, int output, int input) {
    boolean there = output < w.rowCount() && input < w.columnCount();
    return there ? w.getFloat((long) output * w.columnCount() + input) : 0;
  }

  private static void put(Tensor words, int row, int column, int value) {
    long at = ((long) row * words.columnCount() + column / 8) * 4;
    int place = 0;
    while (COLUMNS[place] != column % 8) {
      place++;
    }
    int word = words.segment().get(Tensor.INT, at);
    words.segment().set(Tensor.INT, at, word | value << 4 * place);
  }

  /** Puts a tensor in place of another, or beside them. */
  AwqCaptioner with(String name, Tensor tensor) {
    tensors.put(name, tensor);
    return this;
  }

  /** A vector full of one value. */
  AwqCaptioner with(String name, float value, int width) {
    float[] values = new float[width];
    Arrays.fill(values, value);
    return with(name, Tensor.ofFloats(arena, values, width));
  }

  Tensor tensor(String name) {
    return tensors.get(name);
  }

  /** Changes the text of the configuration. */
  AwqCaptioner configured(String pattern, String replacement) {
    config = config.replaceFirst(pattern, replacement);
    return this;
  }

  /** The model as it is now. */
  ChangedModel files() throws IOException {
    SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
    return new ChangedModel()
        .with("config.json", config)
        .with("model.safetensors", Files.readAllBytes(file));
  }
}

package dev.loupe.weights.quantised;

import dev.loupe.io.Printable;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Recognises the quantised layers of a checkpoint by the names of their tensors, and formats that
 * Loupe does not read. A layer is quantised if a tensor says so, whatever the configuration lists.
 */
final class QuantisedLayers {

  /** What only the names of other formats end in. */
  private static final Map<String, String> OTHERS =
      Map.of(
          ".weight.absmax", "bitsandbytes, 4 bits",
          ".SCB", "bitsandbytes, 8 bits",
          ".weight_scale_inv", "fp8",
          ".B", "Marlin",
          ".Wq", "HQQ",
          ".qweight_type", "GGUF");

  private static final String REMEDY =
      "take a checkpoint in AWQ (gemm), GPTQ or compressed-tensors (pack-quantized), or the "
          + "original one";

  private QuantisedLayers() {}

  /**
   * The quantised layers by their names, in the order of the files.
   *
   * @param config what the configuration says of the format
   * @throws IOException if a part of a layer is missing, or of another type or shape than the
   *     others call for, or the format is another
   */
  static SequencedMap<String, QuantisedTensor> of(ModelWeights weights, QuantizationConfig config)
      throws IOException {
    SequencedMap<String, QuantisedTensor> layers = new LinkedHashMap<>();
    for (String name : weights.names()) {
      int dot = name.lastIndexOf('.');
      String suffix = name.substring(dot + 1);
      if (dot > 0 && (suffix.equals("qweight") || suffix.equals("weight_packed"))) {
        StoredLayer layer = new StoredLayer(weights, name.substring(0, dot));
        layers.put(layer.name(), tensor(layer, suffix, config));
      }
    }
    if (layers.isEmpty()) {
      requireNoOther(weights);
    }
    return layers;
  }

  private static QuantisedTensor tensor(StoredLayer layer, String suffix, QuantizationConfig config)
      throws IOException {
    for (String other : List.of("weight", "weight_packed")) {
      if (!other.equals(suffix) && layer.has(other)) {
        throw layer.wrong(
            other,
            "none beside " + suffix,
            "both",
            "keep the files of one checkpoint only in this folder");
      }
    }
    QuantisedTensor tensor =
        switch (suffix) {
          case "weight_packed" -> CompressedTensor.of(layer);
          default -> isGptq(layer) ? GptqTensor.of(layer, config) : AwqTensor.of(layer);
        };
    requireGroups(layer, tensor, suffix.equals("qweight") ? "scales" : "weight_scale", config);
    return tensor;
  }

  /** Where the size does not divide the inputs, only a list of groups says which one is smaller. */
  private static void requireGroups(
      StoredLayer layer, QuantisedTensor tensor, String scales, QuantizationConfig config)
      throws IOException {
    OptionalInt groups = config.groups(tensor.inputs());
    if (groups.isEmpty()) {
      return;
    }
    int size = config.groupSize().getAsInt();
    String reason = "since quantization_config has group_size " + size;
    if (groups.getAsInt() != tensor.groups()) {
      throw layer.wrong(
          scales,
          "%d groups of %d inputs, %s".formatted(groups.getAsInt(), tensor.inputs(), reason),
          tensor.groups() + " groups");
    }
    if (!layer.has("g_idx") && groups.getAsInt() > 1 && tensor.inputs() % size != 0) {
      throw layer.wrong(
          scales,
          "a multiple of %d inputs, %s".formatted(size, reason),
          "%d inputs in %d groups".formatted(tensor.inputs(), tensor.groups()));
    }
  }

  /** GPTQ packs the inputs of an output, AWQ the outputs of an input. */
  private static boolean isGptq(StoredLayer layer) throws IOException {
    return layer.has("g_idx") || layer.words("qweight").dim(1) == layer.scales("scales").dim(1);
  }

  private static void requireNoOther(ModelWeights weights) throws IOException {
    for (String name : weights.names()) {
      for (Map.Entry<String, String> other : OTHERS.entrySet()) {
        if (name.endsWith(other.getKey())) {
          throw new IOException(
              Printable.escape(
                  "%s: expected weights in a format that Loupe reads, found %s in %s; %s"
                      .formatted(name, other.getValue(), weights.origin(name), REMEDY)));
        }
      }
    }
  }
}

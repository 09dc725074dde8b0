package dev.loupe.engine.inspect;

import dev.loupe.engine.ModelDefinition;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.cache.WeightsCache;
import dev.loupe.weights.quantised.DequantisedWeights;
import dev.loupe.weights.quantised.QuantisedLayer;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What is quantised in a checkpoint, how, and how many bytes of weights one token of an answer
 * reads: all matrices of the decoder's layers and the output layer.
 */
final class QuantizationSection {
  private static final String LAYERS = "model.layers.";
  private static final String HEAD = "lm_head.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String WEIGHT = ".weight";

  private QuantizationSection() {}

  /**
   * The section by its keys.
   *
   * @throws IOException if a tensor of the definition is not there
   */
  static Map<String, Object> of(DequantisedWeights weights, ModelDefinition definition)
      throws IOException {
    Map<String, QuantisedLayer> layers = weights.layers();
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("format", each(layers.values(), QuantisedLayer::format));
    section.put("bits", each(layers.values(), QuantisedLayer::bits));
    section.put("group_size", each(layers.values(), QuantisedLayer::groupSize));
    section.put("quantised_layers", layers.size());
    Set<String> others = new TreeSet<>();
    long stored = 0;
    long float32 = 0;
    long half = 0;
    for (Map.Entry<String, Shape> tensor : definition.tensors().entrySet()) {
      String name = tensor.getKey();
      if (tensor.getValue().rank() < 2 || !weights.names().contains(name)) {
        continue; // A vector, or a problem that is listed elsewhere.
      }
      QuantisedLayer layer = layers.get(name.substring(0, name.length() - WEIGHT.length()));
      if (layer == null) {
        others.add(group(name));
      }
      if (name.startsWith(LAYERS) || name.equals(head(definition))) {
        stored += layer == null ? weights.stored(name).bytes() : layer.bytes();
        float32 += inMemory(weights, name);
        half += tensor.getValue().elements() * DType.F16.bytes();
      }
    }
    section.put("not_quantised", others.stream().toList());
    section.put("stored_bytes_per_token", stored);
    section.put("float32_bytes_per_token", float32);
    section.put("half_bytes_per_token", half);
    return section;
  }

  /**
   * The bytes of a matrix in a float32 run, whatever its shape: a wrong one is listed elsewhere.
   */
  private static long inMemory(DequantisedWeights weights, String name) throws IOException {
    DType packed = WeightsCache.packedType(weights, name, DType.F32, WeightTypes.AS_STORED);
    return PackedTensor.bytes(weights.stored(name).shape(), packed);
  }

  private static String head(ModelDefinition definition) {
    return definition.tensors().containsKey(HEAD) ? HEAD : EMBEDDING;
  }

  /** {@code visual.blocks}, and of a layer of the decoder all of its name. */
  private static String group(String name) {
    String[] parts = name.split("\\.");
    return name.startsWith(LAYERS)
        ? name.replaceFirst("\\.\\d+\\.", ".*.")
        : String.join(".", List.of(parts).subList(0, Math.min(2, parts.length)));
  }

  private static List<Object> each(
      Collection<QuantisedLayer> layers, Function<QuantisedLayer, Object> property) {
    return layers.stream().map(property).distinct().toList();
  }
}

package dev.loupe.weights.quantised;

import dev.loupe.io.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code quantization_config} of {@code config.json} says of the format. Which layers are
 * quantised is not read here: the lists of programs disagree, and the names of the tensors tell.
 *
 * @param groupSize inputs that share a scale, -1 for all; empty if it does not say so for all
 *     layers
 * @param symmetric of GPTQ: whether all zero points must be the middle of the range
 * @param ordered of GPTQ ({@code desc_act}): whether groups follow an order of their own, which
 *     each layer must have
 */
public record QuantizationConfig(OptionalInt groupSize, boolean symmetric, boolean ordered) {

  /** Says nothing, as where a file has no such field. */
  public static final QuantizationConfig NONE =
      new QuantizationConfig(OptionalInt.empty(), false, false);

  private static final String FIELD = "quantization_config";
  private static final String METHOD = "quant_method";
  private static final String READ =
      "Loupe reads AWQ (gemm), GPTQ version 1 and compressed-tensors (pack-quantized); take such a "
          + "checkpoint, for instance Qwen/Qwen2-VL-2B-Instruct-AWQ, or the original one";
  private static final Set<String> GROUPED = Set.of("group", "channel");

  /**
   * Reads the content of {@code config.json}.
   *
   * @throws IllegalArgumentException if a field is of another type, or asks for a format, a version
   *     or a number of bits that Loupe does not read
   */
  public static QuantizationConfig of(Map<String, Object> config) {
    Optional<JsonObject> found = JsonObject.of(config).object(FIELD);
    if (found.isEmpty()) {
      return NONE;
    }
    JsonObject json = found.get();
    String method = json.text(METHOD).orElse("").toLowerCase(Locale.ROOT);
    return switch (method) {
      case "awq" -> awq(json);
      case "gptq" -> gptq(json);
      case "compressed-tensors" -> compressed(json);
      default -> throw json.wrong(METHOD, "awq, gptq or compressed-tensors", READ);
    };
  }

  private static QuantizationConfig awq(JsonObject json) {
    require(json, "version", "gemm");
    requireBits(json, "bits", 4);
    return new QuantizationConfig(json.integer("group_size"), false, false);
  }

  /** Without {@code checkpoint_format} it is version 1, as for transformers. */
  private static QuantizationConfig gptq(JsonObject json) {
    require(json, json.has("checkpoint_format") ? "checkpoint_format" : "format", "gptq");
    if (json.flag("is_marlin_format", false)) {
      throw json.wrong("is_marlin_format", "false", READ);
    }
    requireBits(json, "bits", 4, 8);
    return new QuantizationConfig(
        json.integer("group_size"), json.flag("sym", false), json.flag("desc_act", false));
  }

  /** Layers that one of several groups describes may have groups of another size each. */
  private static QuantizationConfig compressed(JsonObject json) {
    require(json, "format", "pack-quantized");
    Set<Integer> sizes = new HashSet<>();
    JsonObject groups =
        json.object("config_groups").orElseThrow(() -> json.wrong("config_groups", "an object"));
    for (String name : groups.values().keySet()) {
      JsonObject group = groups.object(name).orElseThrow(() -> groups.wrong(name, "an object"));
      if (group.has("input_activations")) {
        throw group.wrong("input_activations", "null", READ);
      }
      JsonObject weights =
          group.object("weights").orElseThrow(() -> group.wrong("weights", "an object"));
      require(weights, "type", "int");
      requireBits(weights, "num_bits", 4, 8);
      String strategy = weights.text("strategy").orElse("group");
      if (!GROUPED.contains(strategy)) {
        throw weights.wrong("strategy", "group or channel", READ);
      }
      sizes.add(strategy.equals("channel") ? -1 : weights.integer("group_size").orElse(-1));
    }
    return new QuantizationConfig(
        sizes.size() == 1 ? OptionalInt.of(sizes.iterator().next()) : OptionalInt.empty(),
        false,
        false);
  }

  private static void require(JsonObject json, String field, String expected) {
    if (!json.text(field).orElse(expected).equalsIgnoreCase(expected)) {
      throw json.wrong(field, expected, READ);
    }
  }

  private static void requireBits(JsonObject json, String field, Integer... expected) {
    OptionalInt bits = json.integer(field);
    if (bits.isPresent() && !List.of(expected).contains(bits.getAsInt())) {
      String all = String.join(" or ", List.of(expected).stream().map(String::valueOf).toList());
      throw json.wrong(field, all, READ);
    }
  }

  /** Into how many groups so many inputs fall; empty if that is not known. */
  OptionalInt groups(int inputs) {
    return groupSize.isEmpty()
        ? groupSize
        : OptionalInt.of(groupSize.getAsInt() < 1 ? 1 : Math.ceilDiv(inputs, groupSize.getAsInt()));
  }
}

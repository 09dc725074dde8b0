package dev.loupe.engine;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.io.JsonObject;
import dev.loupe.vision.VisionConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code config.json} says of a model. Both layouts are read: the flat one of the published
 * checkpoints and the nested one ({@code text_config}) of later saves. A setting that Loupe does
 * not implement is refused, never ignored.
 *
 * @param text the decoder
 * @param vision the vision tower
 * @param imageTokenId stands for one embedding of a picture
 * @param videoTokenId stands for one embedding of a clip
 * @param eosTokenIds end an answer where {@code generation_config.json} does not say
 * @param storedDtype {@code torch_dtype}: the type of the weights, for people
 */
public record Qwen2VlConfig(
    TextConfig text,
    VisionConfig vision,
    int imageTokenId,
    int videoTokenId,
    List<Integer> eosTokenIds,
    String storedDtype) {

  private static final String MODEL_TYPE = "qwen2_vl";
  private static final List<Integer> PUBLISHED_SECTIONS = List.of(16, 24, 24);

  /** Names of plain rotary frequencies; transformers rewrites {@code mrope} to {@code default}. */
  private static final Set<String> PLAIN_ROPE = Set.of("mrope", "default", "axial");

  /**
   * Reads the content of {@code config.json}.
   *
   * @throws IOException if a field is missing, of another type, does not fit the others, or asks
   *     for something Loupe does not implement
   */
  static Qwen2VlConfig of(JsonObject root) throws IOException {
    try {
      return read(root);
    } catch (IllegalArgumentException e) {
      throw new IOException("config.json: " + e.getMessage(), e);
    }
  }

  private static Qwen2VlConfig read(JsonObject root) {
    requireText(root, "model_type", MODEL_TYPE);
    JsonObject text = root.object("text_config").orElse(root);
    JsonObject vision =
        root.object("vision_config")
            .orElseThrow(() ->
                root.wrong(
                    "vision_config",
                    "an object",
                    "is this a Qwen2-VL checkpoint and not a text-only Qwen2?"));
    boolean tied =
        root.flag("tie_word_embeddings", false) || text.flag("tie_word_embeddings", false);
    TextConfig textConfig = text(text, tied);
    VisionConfig visionConfig = vision(vision);
    if (visionConfig.hiddenSize() != textConfig.hiddenSize()) {
      throw vision.wrong("hidden_size", "the decoder's hidden_size " + textConfig.hiddenSize());
    }
    return new Qwen2VlConfig(
        textConfig,
        visionConfig,
        root.integer("image_token_id").orElse(151655),
        root.integer("video_token_id").orElse(151656),
        (root.has("eos_token_id") ? root : text).integers("eos_token_id"),
        root.text("torch_dtype")
            .or(() -> root.text("dtype"))
            .or(() -> text.text("dtype"))
            .orElse("unknown"));
  }

  private static TextConfig text(JsonObject text, boolean tied) {
    requireText(text, "hidden_act", "silu");
    if (text.flag("use_sliding_window", false)) {
      throw text.wrong("use_sliding_window", "false", "Loupe has full attention");
    }
    JsonObject rope = rope(text);
    List<Integer> sections = rope.integers("mrope_section");
    double theta = rope.number("rope_theta").orElse(text.number("rope_theta").orElse(1e6));
    return new TextConfig(
        text.requiredInteger("vocab_size"),
        text.requiredInteger("hidden_size"),
        text.requiredInteger("intermediate_size"),
        text.requiredInteger("num_hidden_layers"),
        text.requiredInteger("num_attention_heads"),
        text.requiredInteger("num_key_value_heads"),
        text.integer("max_position_embeddings").orElse(32768),
        (float) text.number("rms_norm_eps").orElse(1e-5),
        theta,
        sections.isEmpty() ? PUBLISHED_SECTIONS : sections,
        tied);
  }

  /** {@code rope_parameters} of transformers 5, else {@code rope_scaling}; empty if neither. */
  private static JsonObject rope(JsonObject text) {
    String field = text.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    JsonObject rope = text.object(field).orElse(new JsonObject(Map.of(), text.name(field) + "."));
    Optional<String> older = rope.text("type");
    String type = rope.text("rope_type").or(() -> older).orElse("default");
    if (!PLAIN_ROPE.contains(type)) {
      String named = rope.has("rope_type") ? "rope_type" : "type";
      throw rope.wrong(named, "mrope or default", "Loupe has no other rope scaling");
    }
    return rope;
  }

  /** {@code in_chans} of the published files is ignored, as transformers ignores it. */
  private static VisionConfig vision(JsonObject vision) {
    requireText(vision, "hidden_act", "quick_gelu");
    return new VisionConfig(
        vision.requiredInteger("depth"),
        vision.requiredInteger("embed_dim"),
        vision.requiredInteger("hidden_size"),
        vision.integer("mlp_ratio").orElse(4),
        vision.requiredInteger("num_heads"),
        vision.integer("in_channels").orElse(3),
        vision.integer("patch_size").orElse(14),
        vision.integer("spatial_merge_size").orElse(2),
        vision.integer("temporal_patch_size").orElse(2));
  }

  private static void requireText(JsonObject fields, String name, String expected) {
    if (!fields.text(name).orElse(expected).equals(expected)) {
      throw fields.wrong(name, '"' + expected + '"', "Loupe runs Qwen2-VL only");
    }
  }
}

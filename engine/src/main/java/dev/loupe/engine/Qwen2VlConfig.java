package dev.loupe.engine;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.vision.VisionConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
  static Qwen2VlConfig of(Map<String, Object> json) throws IOException {
    ConfigFields root = ConfigFields.of("config.json", json);
    requireText(root, "model_type", MODEL_TYPE, MODEL_TYPE);
    ConfigFields text = root.object("text_config").orElse(root);
    ConfigFields vision =
        root.object("vision_config")
            .orElseThrow(() ->
                new IOException(
                    "config.json: vision_config: expected an object, found nothing; "
                        + "is this a Qwen2-VL checkpoint and not a text-only Qwen2?"));
    boolean tied =
        root.flag("tie_word_embeddings", false) || text.flag("tie_word_embeddings", false);
    try {
      TextConfig textConfig = text(text, tied);
      VisionConfig visionConfig = vision(vision);
      if (visionConfig.hiddenSize() != textConfig.hiddenSize()) {
        throw new IOException(
            "config.json: vision_config.hidden_size: expected the decoder's hidden_size %d, found %d"
                .formatted(textConfig.hiddenSize(), visionConfig.hiddenSize()));
      }
      return new Qwen2VlConfig(
          textConfig,
          visionConfig,
          root.integer("image_token_id", 151655),
          root.integer("video_token_id", 151656),
          List.copyOf((root.has("eos_token_id") ? root : text).integers("eos_token_id")),
          root.text("torch_dtype", root.text("dtype", text.text("dtype", "unknown"))));
    } catch (IllegalArgumentException e) {
      throw new IOException("config.json: " + e.getMessage(), e);
    }
  }

  private static TextConfig text(ConfigFields text, boolean tied) throws IOException {
    requireText(text, "hidden_act", "silu", "silu");
    if (text.flag("use_sliding_window", false)) {
      throw new IOException(
          text.path() + "use_sliding_window: expected false, found true; Loupe has full attention");
    }
    ConfigFields rope = rope(text);
    List<Integer> sections = rope.integers("mrope_section");
    double theta = rope.number("rope_theta", text.number("rope_theta", 1e6));
    return new TextConfig(
        text.integer("vocab_size"),
        text.integer("hidden_size"),
        text.integer("intermediate_size"),
        text.integer("num_hidden_layers"),
        text.integer("num_attention_heads"),
        text.integer("num_key_value_heads"),
        text.integer("max_position_embeddings", 32768),
        (float) text.number("rms_norm_eps", 1e-5),
        theta,
        sections.isEmpty() ? PUBLISHED_SECTIONS : sections,
        tied);
  }

  /** {@code rope_parameters} of transformers 5, else {@code rope_scaling}; empty if neither. */
  private static ConfigFields rope(ConfigFields text) throws IOException {
    String field = text.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    ConfigFields rope =
        text.object(field).orElse(new ConfigFields(text.path() + field + ".", Map.of()));
    String type = rope.text("rope_type", rope.text("type", "default"));
    if (!PLAIN_ROPE.contains(type)) {
      throw new IOException(
          "%stype: expected mrope or default, found \"%s\"; Loupe has no other rope scaling"
              .formatted(rope.path(), type));
    }
    return rope;
  }

  /** {@code in_chans} of the published files is ignored, as transformers ignores it. */
  private static VisionConfig vision(ConfigFields vision) throws IOException {
    requireText(vision, "hidden_act", "quick_gelu", "quick_gelu");
    return new VisionConfig(
        vision.integer("depth"),
        vision.integer("embed_dim"),
        vision.integer("hidden_size"),
        vision.integer("mlp_ratio", 4),
        vision.integer("num_heads"),
        vision.integer("in_channels", 3),
        vision.integer("patch_size", 14),
        vision.integer("spatial_merge_size", 2),
        vision.integer("temporal_patch_size", 2));
  }

  private static void requireText(ConfigFields fields, String name, String absent, String expected)
      throws IOException {
    String found = fields.text(name, absent);
    if (!found.equals(expected)) {
      throw new IOException(
          "%s%s: expected \"%s\", found \"%s\"; Loupe runs Qwen2-VL only"
              .formatted(fields.path(), name, expected, found));
    }
  }
}

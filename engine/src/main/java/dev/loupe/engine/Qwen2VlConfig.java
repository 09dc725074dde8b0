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
 * checkpoints and the nested one ({@code text_config}) of later saves. transformers writes only
 * what differs from the defaults of its classes, so what is left out has the value that {@code
 * Qwen2VLTextConfig} and {@code Qwen2VLVisionConfig} of transformers 5.17 give it: 72B's decoder
 * and 7B's tower. A setting that Loupe does not implement is refused, never ignored.
 *
 * @param text the decoder
 * @param vision the vision tower
 * @param imageTokenId stands for one embedding of a picture
 * @param videoTokenId stands for one embedding of a clip
 * @param eosTokenIds end an answer where {@code generation_config.json} does not say
 * @param storedDtype {@code torch_dtype}: the type of the weights, for people
 * @param tieStated whether the file says if the output layer is the embedding
 */
public record Qwen2VlConfig(
    TextConfig text,
    VisionConfig vision,
    int imageTokenId,
    int videoTokenId,
    List<Integer> eosTokenIds,
    String storedDtype,
    boolean tieStated) {

  private static final String TIE = "tie_word_embeddings";
  private static final String MODEL_TYPE = "qwen2_vl";
  private static final List<Integer> PUBLISHED_SECTIONS = List.of(16, 24, 24);
  private static final List<Integer> PUBLISHED_EOS = List.of(151645);

  /** Names of plain rotary frequencies; transformers rewrites {@code mrope} to {@code default}. */
  private static final Set<String> PLAIN_ROPE = Set.of("mrope", "default", "axial");

  /** The same with an output layer of its own, or tied to the embedding. */
  Qwen2VlConfig withTie(boolean tied) {
    return new Qwen2VlConfig(
        text.withTie(tied),
        vision,
        imageTokenId,
        videoTokenId,
        eosTokenIds,
        storedDtype,
        tieStated);
  }

  /**
   * Reads the content of {@code config.json}.
   *
   * @throws IOException if a field is of another type, does not fit the others, or asks for
   *     something Loupe does not implement
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
    boolean tied = root.flag(TIE, false) || text.flag(TIE, false);
    TextConfig textConfig = text(text, tied);
    VisionConfig visionConfig = vision(vision);
    if (visionConfig.hiddenSize() != textConfig.hiddenSize()) {
      throw new IllegalArgumentException(
          "%s: expected the decoder's hidden_size %d, found %d"
              .formatted(
                  vision.name("hidden_size"), textConfig.hiddenSize(), visionConfig.hiddenSize()));
    }
    return new Qwen2VlConfig(
        textConfig,
        visionConfig,
        integer(root, "image_token_id", 151655),
        integer(root, "video_token_id", 151656),
        eosTokenIds(root.values().containsKey("eos_token_id") ? root : text),
        root.text("torch_dtype")
            .or(() -> root.text("dtype"))
            .or(() -> text.text("dtype"))
            .orElse("unknown"),
        root.has(TIE) || text.has(TIE));
  }

  private static TextConfig text(JsonObject text, boolean tied) {
    requireText(text, "hidden_act", "silu");
    if (text.flag("use_sliding_window", false)) {
      throw text.wrong("use_sliding_window", "false", "Loupe has full attention");
    }
    JsonObject rope = rope(text);
    List<Integer> sections = rope.integers("mrope_section");
    double theta = rope.number("rope_theta").orElse(text.number("rope_theta").orElse(1e6));
    int heads = integer(text, "num_attention_heads", 64);
    return new TextConfig(
        integer(text, "vocab_size", 152064),
        integer(text, "hidden_size", 8192),
        integer(text, "intermediate_size", 29568),
        integer(text, "num_hidden_layers", 80),
        heads,
        isNull(text, "num_key_value_heads") ? heads : integer(text, "num_key_value_heads", 8),
        integer(text, "max_position_embeddings", 32768),
        (float) text.number("rms_norm_eps").orElse(1e-5),
        theta,
        sections.isEmpty() ? PUBLISHED_SECTIONS : sections,
        tied);
  }

  /**
   * {@code rope_scaling}, else {@code rope_parameters} of transformers 5, which reads them in this
   * order; empty if neither.
   */
  private static JsonObject rope(JsonObject text) {
    boolean older = text.object("rope_scaling").filter(r -> !r.values().isEmpty()).isPresent();
    String field = older ? "rope_scaling" : "rope_parameters";
    JsonObject rope = text.object(field).orElse(new JsonObject(Map.of(), text.name(field) + "."));
    Optional<String> typeBefore = rope.text("type");
    String type = rope.text("rope_type").or(() -> typeBefore).orElse("default");
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
        integer(vision, "depth", 32),
        integer(vision, "embed_dim", 1280),
        integer(vision, "hidden_size", 3584),
        integer(vision, "mlp_ratio", 4),
        integer(vision, "num_heads", 16),
        integer(vision, "in_channels", 3),
        integer(vision, "patch_size", 14),
        integer(vision, "spatial_merge_size", 2),
        integer(vision, "temporal_patch_size", 2));
  }

  /** As in transformers, null is no number, and not the same as a field that is left out. */
  private static int integer(JsonObject fields, String name, int absent) {
    return isNull(fields, name)
        ? fields.requiredInteger(name)
        : fields.integer(name).orElse(absent);
  }

  private static boolean isNull(JsonObject fields, String name) {
    return fields.values().containsKey(name) && !fields.has(name);
  }

  private static List<Integer> eosTokenIds(JsonObject fields) {
    return fields.values().containsKey("eos_token_id")
        ? fields.integers("eos_token_id")
        : PUBLISHED_EOS;
  }

  private static void requireText(JsonObject fields, String name, String expected) {
    if (!fields.text(name).orElse(expected).equals(expected)) {
      throw fields.wrong(name, '"' + expected + '"', "Loupe runs Qwen2-VL only");
    }
  }
}

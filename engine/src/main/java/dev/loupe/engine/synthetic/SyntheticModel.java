package dev.loupe.engine.synthetic;

import dev.loupe.engine.ModelDefinition;
import dev.loupe.engine.ModelParts;
import dev.loupe.io.Json;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model without files: configurations as published for the real sizes, and {@link
 * SyntheticWeights}. It has no tokenizer; that of Qwen2-VL fits it, and for a vocabulary below
 * 151,657 the control tokens take its last 14 ids.
 */
public final class SyntheticModel implements ModelFiles {
  private static final int FIRST_CONTROL_TOKEN = 151643;

  private final String name;
  private final SyntheticShape shape;
  private final Map<String, Map<String, Object>> files;

  /**
   * The model of a name such as {@code synthetic:2b:layers=2}.
   *
   * @throws IllegalArgumentException if the name is not understood, see {@link
   *     SyntheticShape#parse}
   */
  public SyntheticModel(String name) {
    this.name = name;
    this.shape = SyntheticShape.parse(name);
    this.files =
        Map.of(
            "config.json",
            config(),
            "generation_config.json",
            Map.of(
                "bos_token_id",
                token(0),
                "pad_token_id",
                token(0),
                "eos_token_id",
                List.of(token(2), token(0))),
            "preprocessor_config.json",
            preprocessor());
  }

  /** The sizes. */
  public SyntheticShape shape() {
    return shape;
  }

  /** The id of control token {@code i}, counted from {@code <|endoftext|>}. */
  private int token(int i) {
    return Math.min(FIRST_CONTROL_TOKEN, shape.vocab() - SyntheticShape.CONTROL_TOKENS) + i;
  }

  /** The content of {@code config.json}: the flat layout of the published checkpoints. */
  public Map<String, Object> config() {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("architectures", List.of("Qwen2VLForConditionalGeneration"));
    c.put("model_type", "qwen2_vl");
    c.put("torch_dtype", "bfloat16");
    c.put("vocab_size", shape.vocab());
    c.put("hidden_size", shape.hiddenSize());
    c.put("intermediate_size", shape.intermediateSize());
    c.put("num_hidden_layers", shape.layers());
    c.put("num_attention_heads", shape.heads());
    c.put("num_key_value_heads", shape.kvHeads());
    c.put("hidden_act", "silu");
    c.put("max_position_embeddings", 32768);
    c.put("rms_norm_eps", 1e-6);
    c.put("rope_theta", 1e6);
    // Of the head's rotary pairs, a quarter for time and three eighths each for height and width.
    int pairs = shape.headDim() / 2;
    c.put(
        "rope_scaling",
        Map.of("type", "mrope", "mrope_section", List.of(pairs / 4, pairs * 3 / 8, pairs * 3 / 8)));
    c.put("tie_word_embeddings", shape.tied());
    c.put("use_sliding_window", false);
    c.put("bos_token_id", token(0));
    c.put("eos_token_id", token(2));
    c.put("vision_start_token_id", token(9));
    c.put("vision_end_token_id", token(10));
    c.put("image_token_id", token(12));
    c.put("video_token_id", token(13));
    c.put("vision_config", visionConfig());
    return c;
  }

  private Map<String, Object> visionConfig() {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("depth", shape.depth());
    v.put("embed_dim", shape.embedDim());
    v.put("mlp_ratio", SyntheticShape.MLP_RATIO);
    v.put("num_heads", shape.visionHeads());
    v.put("in_channels", SyntheticShape.IN_CHANNELS);
    v.put("hidden_size", shape.hiddenSize());
    v.put("hidden_act", "quick_gelu");
    v.put("patch_size", SyntheticShape.PATCH_SIZE);
    v.put("spatial_merge_size", SyntheticShape.SPATIAL_MERGE_SIZE);
    v.put("temporal_patch_size", SyntheticShape.TEMPORAL_PATCH_SIZE);
    return v;
  }

  /** The published file but for {@code max_pixels}: 512 image tokens, fit for a processor. */
  private static Map<String, Object> preprocessor() {
    return Map.of(
        "image_processor_type",
        "Qwen2VLImageProcessor",
        "min_pixels",
        3136,
        "max_pixels",
        401408,
        "patch_size",
        SyntheticShape.PATCH_SIZE,
        "temporal_patch_size",
        SyntheticShape.TEMPORAL_PATCH_SIZE,
        "merge_size",
        SyntheticShape.SPATIAL_MERGE_SIZE,
        "image_mean",
        List.of(0.48145466, 0.4578275, 0.40821073),
        "image_std",
        List.of(0.26862954, 0.26130258, 0.27577711));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String location() {
    return name;
  }

  @Override
  public boolean bringsTokenizer() {
    return false;
  }

  @Override
  public boolean has(String file) {
    return files.containsKey(file);
  }

  @Override
  public InputStream open(String file) throws IOException {
    Map<String, Object> content = files.get(file);
    if (content == null) {
      throw new IOException(
          "%s: expected in %s, found no such file; a synthetic model has only %s"
              .formatted(file, name, files.keySet().stream().sorted().toList()));
    }
    return new ByteArrayInputStream(Json.write(content).getBytes(StandardCharsets.UTF_8));
  }

  /** What the model consists of. */
  public ModelDefinition definition() throws IOException {
    return ModelDefinition.of(ModelParts.config(this));
  }

  /** Weights that each come into being when first asked for, with all processors. */
  @Override
  public SyntheticWeights openWeights() throws IOException {
    return new SyntheticWeights(definition().tensors(), Runtime.getRuntime().availableProcessors());
  }
}

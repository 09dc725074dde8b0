package dev.loupe.cli.inspect;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.LoadingProgress;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.engine.text.TextConfig;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tokenizer.AddedToken;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.VisionConfig;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsCache;
import dev.loupe.weights.synthetic.SyntheticModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that can be found out about a model without running it, by section. What cannot be
 * read becomes a problem, and the rest is read all the same.
 */
final class ModelInspection {

  private final ModelFiles files;
  private final ModelOptions options;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
  private final Optional<TensorGroups> groups;

  /** Work that may find something wrong. */
  @FunctionalInterface
  private interface Reading<T> {
    T read() throws IOException;
  }

  /**
   * Looks at all of a model.
   *
   * @param ranges whether to read all weights
   */
  ModelInspection(
      ModelFiles files, ModelOptions options, boolean ranges, ProgressReporter progress) {
    this.files = files;
    this.options = options;
    model();
    Optional<Qwen2VlConfig> config = attempt(() -> ModelParts.config(files));
    config.ifPresent(this::config);
    if (files instanceof SyntheticModel && !options.hasTokenizer()) {
      section("tokenizer").put("files", "none; --tokenizer FOLDER takes one from another model");
    } else {
      attempt(() -> options.tokenizer(files)).ifPresent(t -> tokenizer(t, config));
    }
    cache();
    groups = attempt(() -> TensorGroups.of(files, ranges, progress));
    if (config.isPresent() && groups.isPresent()) {
      problems.addAll(ExpectedTensors.problems(config.get(), groups.get().tensors()));
    }
  }

  /** What is wrong, one line each. */
  List<String> problems() {
    return problems;
  }

  /** What was found, but for the tensors. */
  Map<String, Map<String, Object>> sections() {
    return sections;
  }

  /** The tensors; empty if they cannot be read. */
  Optional<TensorGroups> groups() {
    return groups;
  }

  /** All of it. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>(sections);
    json.put("tensors", groups.map(TensorGroups::toJson).orElse(null));
    json.put("problems", problems);
    return json;
  }

  private <T> Optional<T> attempt(Reading<T> reading) {
    try {
      return Optional.of(reading.read());
    } catch (IOException | IllegalArgumentException e) {
      problems.add(ErrorReporter.text(e));
      return Optional.empty();
    }
  }

  private Map<String, Object> section(String name) {
    return sections.computeIfAbsent(name, _ -> new LinkedHashMap<>());
  }

  private void model() {
    Map<String, Object> model = section("model");
    model.put("name", files.name());
    model.put("location", files.location());
    try (Backend backend = Backend.open(options.threads())) {
      model.put("backend", backend.description());
    }
    model.put(
        "java",
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
  }

  /** What the next start in float32 would find. Reads no weights: an unknown hash stays unknown. */
  private void cache() {
    Map<String, Object> model = section("model");
    model.put("packed_weights", "none");
    if (options.cacheFolder().isPresent()) {
      try (ModelWeights weights = files.openWeights()) {
        packed(weights, options.cacheFolder().get(), model);
      } catch (IOException e) {
        return; // What is wrong with the weights is told with the tensors.
      }
    }
  }

  private static void packed(ModelWeights weights, Path folder, Map<String, Object> model)
      throws IOException {
    if (!WeightsCache.keeps(weights)) {
      model.put("packed_weights_size", "so few that each start packs them in memory");
      return;
    }
    Optional<Path> file =
        WeightsCache.file(weights, folder, DType.F32).filter(Files::isRegularFile);
    if (file.isPresent()) {
      model.put("packed_weights", file.get().toString());
      model.put("packed_weights_size", LoadingProgress.gigabytes(Files.size(file.get())));
    } else {
      model.put(
          "packed_weights_size",
          "%s, which the next start keeps in %s"
              .formatted(LoadingProgress.gigabytes(weights.byteSize()), folder));
    }
  }

  private void config(Qwen2VlConfig config) {
    Map<String, Object> model = section("config");
    model.put("torch_dtype", config.storedDtype());
    model.put("image_token_id", config.imageTokenId());
    model.put("video_token_id", config.videoTokenId());
    model.put("eos_token_id", config.eosTokenIds());
    text(section("text_config"), config.text());
    vision(section("vision_config"), config.vision());
    attempt(() -> ModelParts.generation(files, config))
        .filter(generation -> !generation.isEmpty())
        .ifPresent(generation -> section("generation_config").putAll(generation));
    attempt(() -> ModelParts.images(files, config)).ifPresent(i -> pictures(i, config.vision()));
  }

  private static void text(Map<String, Object> section, TextConfig text) {
    section.put("vocab_size", text.vocabSize());
    section.put("hidden_size", text.hiddenSize());
    section.put("intermediate_size", text.intermediateSize());
    section.put("num_hidden_layers", text.numHiddenLayers());
    section.put("num_attention_heads", text.numAttentionHeads());
    section.put("num_key_value_heads", text.numKeyValueHeads());
    section.put("max_position_embeddings", text.maxPositionEmbeddings());
    section.put("rms_norm_eps", text.rmsNormEps());
    section.put("rope_theta", text.ropeTheta());
    section.put("mrope_section", text.mropeSection());
    section.put("tie_word_embeddings", text.tieWordEmbeddings());
  }

  private static void vision(Map<String, Object> section, VisionConfig vision) {
    section.put("depth", vision.depth());
    section.put("embed_dim", vision.embedDim());
    section.put("hidden_size", vision.hiddenSize());
    section.put("mlp_ratio", vision.mlpRatio());
    section.put("num_heads", vision.numHeads());
    section.put("in_channels", vision.inChannels());
    section.put("patch_size", vision.patchSize());
    section.put("spatial_merge_size", vision.spatialMergeSize());
    section.put("temporal_patch_size", vision.temporalPatchSize());
  }

  private void pictures(ImageProcessorConfig images, VisionConfig vision) {
    int side = vision.patchSize() * vision.spatialMergeSize();
    Map<String, Object> section = section("pictures");
    section.put("min_pixels", images.minPixels());
    section.put("max_pixels", images.maxPixels());
    section.put("max_image_tokens", images.maxPixels() / side / side);
    section.put("image_mean", images.imageMean());
    section.put("image_std", images.imageStd());
  }

  private void tokenizer(Tokenizer tokenizer, Optional<Qwen2VlConfig> config) {
    Map<String, Object> section = section("tokenizer");
    section.put("size", tokenizer.size());
    Map<String, Object> special = section("special_tokens");
    tokenizer.addedTokens().stream()
        .filter(AddedToken::special)
        .forEach(token -> special.put(token.content(), token.id()));
    config.ifPresent(c -> {
      requireId(tokenizer, "image_token_id", c.imageTokenId(), "<|image_pad|>");
      requireId(tokenizer, "video_token_id", c.videoTokenId(), "<|video_pad|>");
      if (tokenizer.size() > c.text().vocabSize()) {
        problems.add(
            "tokenizer: expected at most vocab_size %d tokens, found %d; is it another model's?"
                .formatted(c.text().vocabSize(), tokenizer.size()));
      }
    });
  }

  private void requireId(Tokenizer tokenizer, String key, int id, String expected) {
    String found = tokenizer.token(id).orElse("no token");
    if (!found.equals(expected)) {
      problems.add(
          "config.json: %s: expected the id of %s in the tokenizer, found %d, which is %s"
              .formatted(key, expected, id, found));
    }
  }
}

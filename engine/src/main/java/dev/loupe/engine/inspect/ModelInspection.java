package dev.loupe.engine.inspect;

import dev.loupe.engine.ModelDefinition;
import dev.loupe.engine.ModelNotes;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.engine.StoredHead;
import dev.loupe.engine.text.TextConfig;
import dev.loupe.io.Printable;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tokenizer.AddedToken;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.VisionConfig;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.quantised.DequantisedWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/**
 * Everything that can be found out about a model without running it, by section. A part that cannot
 * be read becomes a problem, and the rest is still read.
 */
public final class ModelInspection {

  /** More problems would be the same mistake in further layers. */
  private static final int MOST_SHOWN = 5;

  private final ModelFiles files;
  private final Function<Exception, String> inWords;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
  private final Optional<Qwen2VlConfig> config;
  private Optional<TensorInventory> tensors = Optional.empty();

  /** Work that may find something wrong. */
  @FunctionalInterface
  public interface Reading<T> {

    /**
     * Reads it.
     *
     * @throws IOException if something is missing or refused
     * @throws IllegalArgumentException likewise
     */
    T read() throws IOException;
  }

  /**
   * Reads the configuration files of a model.
   *
   * @param inWords an exception in one line, for people
   */
  public ModelInspection(ModelFiles files, Function<Exception, String> inWords) {
    this.files = files;
    this.inWords = inWords;
    this.config = attempt(() -> ModelParts.config(files));
    config.ifPresent(this::config);
    ModelNotes.of(files).forEach(note -> notes.add(Printable.escape(note)));
  }

  /** Reads the tokenizer and compares it with the configuration. */
  public void tokenizer(Reading<Tokenizer> reading) {
    attempt(reading).ifPresent(this::tokenizer);
  }

  /** Notes why there is no tokenizer. */
  public void withoutTokenizer(String reason) {
    section("tokenizer").put("files", reason);
  }

  /** Reads the tensors and compares them with those that the configuration calls for. */
  public void tensors(Reading<TensorInventory> reading) {
    tensors = attempt(reading);
    if (config.isPresent() && tensors.isPresent()) {
      attempt(() -> compared(config.get()));
    }
  }

  /**
   * Reads all weights and says what rounding them to integers does to each layer, where the
   * configuration and the tensors can be read.
   *
   * @param types which parts
   * @param threads how many threads work
   */
  public void integers(WeightTypes types, int threads) {
    if (config.isPresent() && tensors.isPresent()) {
      attempt(() -> {
        section("weights_error").putAll(integers(config.get(), types, threads));
        return types;
      });
    }
  }

  private Map<String, Object> integers(Qwen2VlConfig config, WeightTypes types, int threads)
      throws IOException {
    try (Backend backend = Backend.open(threads);
        ModelWeights weights = ModelParts.weights(files, DType.F32, backend)) {
      ModelDefinition definition = ModelDefinition.of(StoredHead.resolve(config, weights));
      return IntegerErrors.of(weights, definition, types, backend);
    }
  }

  /** Compares the tensors that the model would load with those that it calls for. */
  private ModelDefinition compared(Qwen2VlConfig config) throws IOException {
    try (Backend backend = Backend.scalar(1);
        ModelWeights weights = ModelParts.weights(files, DType.F32, backend)) {
      Qwen2VlConfig resolved = StoredHead.resolve(config, weights);
      StoredHead.note(config, resolved).ifPresent(notes::add);
      ModelDefinition definition = ModelDefinition.of(resolved);
      SequencedMap<String, StoredTensor> found = new LinkedHashMap<>();
      for (String name : weights.names()) {
        found.put(name, weights.stored(name));
      }
      if (weights instanceof DequantisedWeights dequantised) {
        section("quantization").putAll(QuantizationSection.of(dequantised, definition));
        Set<String> layers = dequantised.layers().keySet();
        found.keySet().removeIf(name -> isBiasBesides(name, layers, definition));
      }
      compare(definition, found);
      return definition;
    }
  }

  /** Whether it is a bias that a quantised layer has and the model has not: it is not unused. */
  private static boolean isBiasBesides(
      String name, Set<String> quantised, ModelDefinition definition) {
    return name.endsWith(".bias")
        && quantised.contains(name.substring(0, name.lastIndexOf('.')))
        && !definition.tensors().containsKey(name);
  }

  /** What is unusual and no obstacle, one line each. */
  public List<String> notes() {
    return Collections.unmodifiableList(notes);
  }

  /** What is wrong, one line each. */
  public List<String> problems() {
    return Collections.unmodifiableList(problems);
  }

  /** What was found, but for the tensors. */
  public Map<String, Map<String, Object>> sections() {
    return Collections.unmodifiableMap(sections);
  }

  /** The tensors; empty if they cannot be read. */
  public Optional<TensorInventory> tensors() {
    return tensors;
  }

  private <T> Optional<T> attempt(Reading<T> reading) {
    try {
      return Optional.of(reading.read());
    } catch (IOException | IllegalArgumentException e) {
      problems.add(Printable.escape(inWords.apply(e)));
      return Optional.empty();
    }
  }

  private Map<String, Object> section(String name) {
    return sections.computeIfAbsent(name, _ -> new LinkedHashMap<>());
  }

  private void compare(ModelDefinition definition, Map<String, StoredTensor> found) {
    List<String> differences = definition.differences(found);
    differences.stream().limit(MOST_SHOWN).map(Printable::escape).forEach(problems::add);
    if (differences.size() > MOST_SHOWN) {
      problems.add(
          "%d more tensors are not as config.json calls for"
              .formatted(differences.size() - MOST_SHOWN));
    }
    List<String> unused =
        found.keySet().stream().filter(name -> !definition.tensors().containsKey(name)).toList();
    if (!unused.isEmpty()) {
      unused(unused, found);
    }
  }

  /** No problem: the model can be loaded, and leaves them out. */
  private void unused(List<String> names, Map<String, StoredTensor> found) {
    Map<String, Object> section = section("unused_tensors");
    section.put("count", names.size());
    names.stream()
        .limit(MOST_SHOWN)
        .forEach(name -> {
          StoredTensor tensor = found.get(name);
          section.put(
              name, "%s %s in %s".formatted(tensor.type(), tensor.shape(), tensor.origin()));
        });
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
    attempt(
            () -> {
              String source =
                  ModelParts.imagesSource(files).orElse("none; defaults of transformers");
              section("pictures").put("settings", source);
              return ModelParts.images(files, config);
            })
        .ifPresent(images -> pictures(images, config.vision()));
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

  private void tokenizer(Tokenizer tokenizer) {
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

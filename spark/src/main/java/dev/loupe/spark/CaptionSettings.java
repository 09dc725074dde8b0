package dev.loupe.spark;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.Detail;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.NumericsNames;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.engine.synthetic.SyntheticShape;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.HuggingFaceCache;
import dev.loupe.weights.ModelDirectory;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;

/**
 * How captions are made, in the form in which it travels from the driver to the executors.
 * Immutable.
 *
 * @param values by {@link CaptionSetting#shown}; what is absent has its default
 */
record CaptionSettings(Map<String, String> values) implements Serializable {

  private static final String OF_MODEL = "model";
  private static final String NO_CACHE = "none";
  private static final double LEAST_SECONDS = 1e-3;
  private static final double MOST_SECONDS = 1e6;

  /** What decides which model is in memory, and how it computes. */
  private static final List<CaptionSetting> LOADED =
      List.of(
          CaptionSetting.MODEL,
          CaptionSetting.TOKENIZER,
          CaptionSetting.DTYPE,
          CaptionSetting.ATTENTION,
          CaptionSetting.REMEDY,
          CaptionSetting.ARITHMETIC,
          CaptionSetting.ACCUMULATOR,
          CaptionSetting.ARITHMETIC_FOR,
          CaptionSetting.WEIGHTS,
          CaptionSetting.CACHE_DIR,
          CaptionSetting.BATCH,
          CaptionSetting.THREADS);

  /** All defaults. */
  static final CaptionSettings NONE = new CaptionSettings(Map.of());

  /** Keeps a copy, of a kind that can be serialised. */
  CaptionSettings {
    values = new TreeMap<>(values);
  }

  /**
   * The settings in a configuration of Spark.
   *
   * @param configuration all of it
   * @throws IllegalArgumentException if one that begins with {@code spark.loupe.} does not exist or
   *     makes no sense
   */
  static CaptionSettings of(Map<String, String> configuration) {
    CaptionSettings settings = NONE;
    for (Map.Entry<String, String> entry : new TreeMap<>(configuration).entrySet()) {
      if (entry.getKey().startsWith(CaptionSetting.PREFIX)) {
        String name = entry.getKey().substring(CaptionSetting.PREFIX.length());
        CaptionSetting setting =
            CaptionSetting.of(name)
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        "%s: expected spark.loupe. and one of %s"
                            .formatted(entry.getKey(), CaptionSetting.names())));
        settings = settings.with(setting, entry.getValue());
      }
    }
    return settings.checked();
  }

  /**
   * The same with another value.
   *
   * @throws IllegalArgumentException if it is not written like one
   */
  CaptionSettings with(CaptionSetting setting, String value) {
    setting.typed(value);
    Map<String, String> changed = new TreeMap<>(values);
    changed.put(setting.shown(), value);
    return new CaptionSettings(changed);
  }

  /**
   * The same, if everything makes sense that can be known without the model.
   *
   * @throws IllegalArgumentException if not
   */
  CaptionSettings checked() {
    profile();
    options();
    decoder();
    weights();
    atLeastOne(CaptionSetting.BATCH);
    atLeastOne(CaptionSetting.THREADS);
    return this;
  }

  /** Those that settings must have in common to share a model. */
  CaptionSettings ofLoadedModel() {
    Map<String, String> kept = new TreeMap<>(values);
    kept.keySet().retainAll(LOADED.stream().map(CaptionSetting::shown).toList());
    return new CaptionSettings(kept);
  }

  Optional<String> text(CaptionSetting setting) {
    return Optional.ofNullable(values.get(setting.shown()));
  }

  private Optional<Double> number(CaptionSetting setting) {
    return text(setting).map(Double::valueOf);
  }

  private Optional<Integer> atLeastOne(CaptionSetting setting) {
    Optional<Integer> value = text(setting).map(Integer::valueOf);
    value
        .filter(n -> n < 1)
        .ifPresent(n -> {
          throw new IllegalArgumentException(
              "%s: expected at least 1, found %d".formatted(setting.shown(), n));
        });
    return value;
  }

  /** The question where a row has none. */
  String prompt() {
    return text(CaptionSetting.PROMPT).orElse(Qwen2Vl.CAPTION_PROMPT);
  }

  Optional<Integer> batch() {
    return atLeastOne(CaptionSetting.BATCH);
  }

  Optional<Integer> threads() {
    return atLeastOne(CaptionSetting.THREADS);
  }

  private NumericsNames numerics() {
    return new NumericsNames(name -> CaptionSetting.of(name).flatMap(this::text), name -> name);
  }

  /** The arithmetic. */
  NumericsProfile profile() {
    return numerics().profile(NumericsProfile.FLOAT32);
  }

  /** How to answer, with the limits on pictures that are set. */
  private GenerationOptions options() {
    GenerationOptions options = GenerationOptions.greedy().remedy(numerics().samplingRemedy());
    options = options.check(options.remedy() == SamplingRemedy.NONE);
    options = applied(CaptionSetting.MAX_NEW_TOKENS, options, (o, n) -> o.maxNewTokens(n));
    options = applied(CaptionSetting.MIN_PIXELS, options, (o, n) -> o.minPixels(n));
    options = withDetail(withMaxPixels(options));
    Optional<Long> seed = text(CaptionSetting.SEED).map(Long::valueOf);
    if (seed.isPresent()) {
      options = options.sample(seed.get());
      options = number(CaptionSetting.TEMPERATURE).map(options::temperature).orElse(options);
      options = applied(CaptionSetting.TOP_K, options, (o, n) -> o.topK(n));
      return number(CaptionSetting.TOP_P).map(options::topP).orElse(options);
    }
    for (CaptionSetting rule :
        new CaptionSetting[] {
          CaptionSetting.TEMPERATURE, CaptionSetting.TOP_K, CaptionSetting.TOP_P
        }) {
      if (text(rule).isPresent()) {
        throw new IllegalArgumentException(rule.shown() + ": expected a seed with it, found none");
      }
    }
    return options;
  }

  private interface Change {
    GenerationOptions of(GenerationOptions options, int value);
  }

  private GenerationOptions applied(
      CaptionSetting setting, GenerationOptions options, Change change) {
    return text(setting).map(n -> change.of(options, Integer.parseInt(n))).orElse(options);
  }

  private GenerationOptions withMaxPixels(GenerationOptions options) {
    Optional<String> max = text(CaptionSetting.MAX_PIXELS).filter(n -> !n.equals(OF_MODEL));
    try {
      return max.map(n -> options.maxPixels(Integer.parseInt(n))).orElse(options);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s: expected a whole number, or %s, found %s"
              .formatted(CaptionSetting.MAX_PIXELS.shown(), OF_MODEL, max.get()),
          e);
    }
  }

  private GenerationOptions withDetail(GenerationOptions options) {
    Optional<String> level = text(CaptionSetting.DETAIL);
    if (level.isPresent() && text(CaptionSetting.MAX_PIXELS).isPresent()) {
      throw new IllegalArgumentException(
          "%s: expected no %s beside it, found both; give one of them"
              .formatted(CaptionSetting.DETAIL.shown(), CaptionSetting.MAX_PIXELS.shown()));
    }
    return level
        .map(name ->
            options.detail(
                Detail.named(name)
                    .orElseThrow(() ->
                        new IllegalArgumentException(
                            "%s: expected low, medium, high or full, found %s"
                                .formatted(CaptionSetting.DETAIL.shown(), name)))))
        .orElse(options);
  }

  /**
   * How to answer. As in the command line, large pictures are shrunk where nothing else is set.
   *
   * @param modelDefaults how the checkpoint says to prepare pictures
   */
  GenerationOptions options(ImageProcessorConfig modelDefaults) {
    GenerationOptions options = options();
    boolean limited =
        text(CaptionSetting.MAX_PIXELS).isPresent() || text(CaptionSetting.DETAIL).isPresent();
    return !limited && PictureLimit.isNeeded(options, modelDefaults)
        ? options.maxPixels(PictureLimit.SAFE_MAX_PIXELS)
        : options;
  }

  /** Decodes pictures within the time allowed. */
  ImageDecoder decoder() {
    Optional<Double> seconds = number(CaptionSetting.DECODE_TIMEOUT);
    if (seconds.isEmpty()) {
      return new ImageDecoder();
    }
    double value = seconds.get();
    if (!(value >= LEAST_SECONDS && value <= MOST_SECONDS)) {
      throw new IllegalArgumentException(
          "%s: expected 0.001 to 1000000 seconds, found %s"
              .formatted(CaptionSetting.DECODE_TIMEOUT.shown(), value));
    }
    return new ImageDecoder().timeout(Duration.ofNanos((long) (value * 1e9)));
  }

  /**
   * The files of the model, on the machine that asks.
   *
   * @throws IOException if there is no such model
   */
  ModelFiles files() throws IOException {
    Optional<String> model = text(CaptionSetting.MODEL);
    if (model.isEmpty()) {
      return BuiltInModel.files();
    }
    if (model.get().startsWith(SyntheticShape.PREFIX)) {
      return new SyntheticModel(model.get());
    }
    Optional<Path> shipped = shipped(model.get());
    return shipped.isPresent()
        ? ModelDirectory.of(shipped.get())
        : ModelDirectory.resolve(model.get(), HuggingFaceCache.of(System.getenv()));
  }

  /** A folder that Spark has brought to this process under this name. */
  private static Optional<Path> shipped(String name) {
    if (SparkEnv.get() == null || Path.of(name).isAbsolute()) {
      return Optional.empty();
    }
    return Optional.of(Path.of(SparkFiles.getRootDirectory()).resolve(name))
        .filter(Files::isDirectory);
  }

  /** Which parts of the model are rounded to integers. */
  private WeightTypes weights() {
    Optional<String> types = text(CaptionSetting.WEIGHTS);
    if (types.isPresent() && profile().compute() != DType.F32) {
      throw new IllegalArgumentException(
          "%s: expected the type float32 with it, found %s"
              .formatted(CaptionSetting.WEIGHTS.shown(), profile().computeName()));
    }
    try {
      return types.map(WeightTypes::of).orElse(WeightTypes.AS_STORED);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(CaptionSetting.WEIGHTS.shown() + ": " + e.getMessage(), e);
    }
  }

  /** How to load the model. */
  LoadOptions load(int threads) {
    LoadOptions options =
        LoadOptions.defaults().threads(threads).profile(profile()).weights(weights());
    Optional<Path> tokenizer =
        text(CaptionSetting.TOKENIZER).map(name -> shipped(name).orElse(Path.of(name)));
    options = tokenizer.map(options::tokenizer).orElse(options);
    Optional<String> cache = text(CaptionSetting.CACHE_DIR);
    return cache.equals(Optional.of(NO_CACHE))
        ? options.noCache()
        : cache.map(Path::of).map(options::cache).orElse(options);
  }
}

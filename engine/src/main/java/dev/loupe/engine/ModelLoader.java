package dev.loupe.engine;

import dev.loupe.engine.telemetry.LoadEvent;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.lang.System.Logger.Level;

/** Loads a model, or its networks alone. What it opened is closed if loading fails. */
final class ModelLoader {
  private static final System.Logger LOG = System.getLogger("dev.loupe.engine");

  private final ModelFiles files;
  private final LoadOptions options;
  private final Backend backend;
  private final long start = System.nanoTime();
  private final LoadEvent event = LoadEvent.start();

  private ModelLoader(ModelFiles files, LoadOptions options, Backend backend) {
    requireFloat32(options);
    this.files = files;
    this.options = options;
    this.backend = backend;
  }

  /** A part of loading that may fail. */
  @FunctionalInterface
  private interface Loading<T> {
    T from(ModelLoader loader) throws IOException;
  }

  /** Loads everything that answers need. */
  static LoadedModel load(ModelFiles files, LoadOptions options) throws IOException {
    return onBackend(files, options, ModelLoader::model);
  }

  /** The same on a backend, which becomes the model's unless loading fails. */
  static LoadedModel load(ModelFiles files, LoadOptions options, Backend backend)
      throws IOException {
    return new ModelLoader(files, options, backend).model();
  }

  /** Loads tower and decoder alone. */
  static LoadedNetwork network(ModelFiles files, LoadOptions options) throws IOException {
    return onBackend(
        files,
        options,
        loader -> loader.network(ModelParts.config(loader.files), loader.openWeights()));
  }

  private static <T> T onBackend(ModelFiles files, LoadOptions options, Loading<T> loading)
      throws IOException {
    Backend backend = Backend.open(options.threads());
    Backend.whyScalar()
        .ifPresent(reason ->
            LOG.log(
                Level.WARNING,
                "model {0}: scalar kernels compute, with the same bits and many times slower: {1}",
                files.name(),
                reason));
    try {
      return loading.from(new ModelLoader(files, options, backend));
    } catch (IOException | RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** Products with integers are float32 products; how 16 bits would round them is not defined. */
  private static void requireFloat32(LoadOptions options) {
    if (!options.weights().asStored() && options.profile().compute() != DType.F32) {
      throw new IllegalArgumentException(
          "weights of 8 or 4 bits: expected the compute type float32, found "
              + options.profile().computeName());
    }
  }

  /**
   * Loads the small files first, so that a folder with a mistake in one is refused before the
   * weights are laid out.
   */
  private LoadedModel model() throws IOException {
    Qwen2VlConfig config = ModelParts.config(files);
    TorchOrder.requireKnown(files, config, options.profile());
    GenerationConfig generation = ModelParts.generationConfig(files, config);
    if (!generation.unknown().isEmpty()) {
      LOG.log(
          Level.WARNING,
          "model {0}: generation_config.json has settings that Loupe does not know and ignores: {1}",
          files.name(),
          String.join(", ", generation.unknown()));
    }
    ImageProcessorConfig images = ModelParts.images(files, config);
    ModelNotes.of(files).forEach(options.listener()::warning);
    // Reading 151,643 entries takes as long as verifying 4.4 GB of packed weights.
    Background<Tokenizer> reading =
        Background.start("loupe-tokenizer", () -> ModelParts.tokenizer(files, options.tokenizer()));
    WeightsCache weights = openWeights();
    Tokenizer tokenizer;
    try {
      tokenizer = reading.join();
    } catch (IOException | RuntimeException | Error e) {
      weights.close();
      throw e;
    }
    return new LoadedModel(files.name(), generation, tokenizer, images, network(config, weights));
  }

  /** Closes the weights if that fails. */
  private Qwen2VlConfig resolved(Qwen2VlConfig config, WeightsCache weights) throws IOException {
    try {
      Qwen2VlConfig resolved = StoredHead.resolve(config, weights);
      StoredHead.note(config, resolved).ifPresent(options.listener()::warning);
      return resolved;
    } catch (IOException | RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  private WeightsCache openWeights() throws IOException {
    DType compute = options.profile().compute();
    return WeightsCache.open(
        ModelParts.weights(files, compute, backend),
        options.cache(),
        compute,
        options.weights(),
        backend,
        options.listener());
  }

  private LoadedNetwork network(Qwen2VlConfig config, WeightsCache weights) throws IOException {
    LoadedNetwork network =
        new LoadedNetwork(resolved(config, weights), weights, backend, options, start);
    event.done(
        files.name(),
        options.profile().computeName(),
        backend.description(),
        network.weightBytes());
    return network;
  }
}

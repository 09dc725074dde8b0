package dev.loupe.engine;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/** Everything a model consists of, and what must be freed with it. */
record LoadedModel(
    String name,
    Qwen2VlConfig config,
    GenerationConfig generationConfig,
    Tokenizer tokenizer,
    ImageProcessorConfig images,
    MultimodalModel model,
    NumericsProfile profile,
    WeightConversion conversion,
    Backend backend,
    Duration loadTime,
    ModelWeights weights,
    Arena arena)
    implements AutoCloseable {

  /**
   * Loads the small files first, so that a folder with a mistake in one is refused before the
   * weights are read.
   */
  static LoadedModel load(ModelFiles files, LoadOptions options) throws IOException {
    Backend backend = Backend.open(options.threads());
    try {
      return load(files, options, backend);
    } catch (IOException | RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** As above, on a backend that stays the caller's if loading fails. */
  static LoadedModel load(ModelFiles files, LoadOptions options, Backend backend)
      throws IOException {
    long start = System.nanoTime();
    Qwen2VlConfig config = Qwen2VlConfig.of(json(files, "config.json"));
    GenerationConfig generation =
        GenerationConfig.of(optionalJson(files, "generation_config.json"), config);
    ImageProcessorConfig images = images(files, config);
    Tokenizer tokenizer = tokenizer(files, options);

    Arena arena = Arena.ofShared();
    ModelWeights weights = null;
    try {
      weights = files.openWeights();
      LongConsumer progress = new Progress(weights.byteSize(), options.listener());
      LayerLoader layers =
          new LayerLoader(weights, arena, backend, options.profile().compute(), progress);
      MultimodalModel model = new MultimodalModel(layers, config);
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      return new LoadedModel(
          files.name(),
          config,
          generation,
          tokenizer,
          images,
          model,
          options.profile(),
          layers.conversion(),
          backend,
          time,
          weights,
          arena);
    } catch (IOException | RuntimeException | Error e) {
      if (weights != null) {
        weights.close();
      }
      arena.close();
      throw e;
    }
  }

  /** The settings of the pictures, whose patches must be those that the tower expects. */
  private static ImageProcessorConfig images(ModelFiles files, Qwen2VlConfig config)
      throws IOException {
    String file = "preprocessor_config.json";
    try {
      ImageProcessorConfig images = ImageProcessorConfig.of(optionalJson(files, file));
      if (images.patchSize() != config.vision().patchSize()
          || images.temporalPatchSize() != config.vision().temporalPatchSize()) {
        throw new IOException(
            "%s: expected the patch_size %d and temporal_patch_size %d of config.json, found %d and %d"
                .formatted(
                    file,
                    config.vision().patchSize(),
                    config.vision().temporalPatchSize(),
                    images.patchSize(),
                    images.temporalPatchSize()));
      }
      return images;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " of " + files.location() + ": " + e.getMessage(), e);
    }
  }

  private static Tokenizer tokenizer(ModelFiles files, LoadOptions options) throws IOException {
    if (options.tokenizer().isPresent()) {
      return Tokenizer.load(options.tokenizer().get());
    }
    return Tokenizer.load(
        files.location(),
        name -> files.has(name) ? Optional.of(files.open(name)) : Optional.empty());
  }

  private static Map<String, Object> optionalJson(ModelFiles files, String name)
      throws IOException {
    return files.has(name) ? json(files, name) : Map.of();
  }

  private static Map<String, Object> json(ModelFiles files, String name) throws IOException {
    try (InputStream in = files.open(name)) {
      return JSON.std.mapFrom(in.readAllBytes());
    } catch (JacksonException e) {
      throw new IOException(
          "%s of %s: expected a JSON object, found something else: %s"
              .formatted(name, files.location(), e.getOriginalMessage()),
          e);
    }
  }

  /** Adds up what is packed. */
  private static final class Progress implements LongConsumer {
    private final long total;
    private final LoadListener listener;
    private long done;

    Progress(long total, LoadListener listener) {
      this.total = total;
      this.listener = listener;
    }

    @Override
    public void accept(long bytes) {
      done += bytes;
      listener.packed(done, total);
    }
  }

  @Override
  public void close() {
    backend.close();
    arena.close();
    weights.close();
  }
}

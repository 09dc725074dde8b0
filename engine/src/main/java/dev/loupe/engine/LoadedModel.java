package dev.loupe.engine;

import dev.loupe.engine.telemetry.LoadEvent;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.function.LongConsumer;

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
    WeightsCache weights,
    Arena arena)
    implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.loupe.engine");

  /**
   * Loads the small files first, so that a folder with a mistake in one is refused before the
   * weights are laid out.
   */
  static LoadedModel load(ModelFiles files, LoadOptions options) throws IOException {
    Backend backend = Backend.open(options.threads());
    if (!Backend.vectorsAvailable()) {
      LOG.log(
          Level.WARNING,
          "model {0}: expected the module jdk.incubator.vector, found none, so scalar kernels"
              + " compute: same bits, many times slower; start Java with"
              + " --add-modules jdk.incubator.vector",
          files.name());
    }
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
    LoadEvent event = LoadEvent.start();
    Qwen2VlConfig config = ModelParts.config(files);
    GenerationConfig generation = ModelParts.generationConfig(files, config);
    if (!generation.unknown().isEmpty()) {
      LOG.log(
          Level.WARNING,
          "model {0}: generation_config.json has settings that Loupe does not know and ignores: {1}",
          files.name(),
          String.join(", ", generation.unknown()));
    }
    ImageProcessorConfig images = ModelParts.images(files, config);
    // Reading 151,643 entries takes as long as verifying 4.4 GB of packed weights.
    Background<Tokenizer> reading =
        Background.start("loupe-tokenizer", () -> ModelParts.tokenizer(files, options.tokenizer()));

    Arena arena = Arena.ofShared();
    WeightsCache weights = null;
    try {
      weights = weights(files, options, backend);
      Tokenizer tokenizer = reading.join();
      LongConsumer progress = new Progress(weights.byteSize(), options.listener());
      LayerLoader layers =
          new LayerLoader(weights, arena, backend, options.profile().compute(), progress);
      MultimodalModel model = new MultimodalModel(layers, config);
      weights.complete();
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      event.done(
          files.name(), options.profile().computeName(), backend.description(), weights.byteSize());
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

  private static WeightsCache weights(ModelFiles files, LoadOptions options, Backend backend)
      throws IOException {
    return WeightsCache.open(
        files.openWeights(),
        options.cache(),
        options.profile().compute(),
        backend,
        options.listener());
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
    weights.close(); // It may still be writing what the arena holds.
    arena.close();
  }
}

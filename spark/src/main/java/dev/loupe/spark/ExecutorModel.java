package dev.loupe.spark;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadListener;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelHash;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.tensor.Backend;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in an executor. Safe for all tasks at once.
 *
 * @param decoder computes
 * @param pictures how the checkpoint says to prepare them
 * @param hash of the model's content
 */
record ExecutorModel(SharedDecoder decoder, ImageProcessorConfig pictures, String hash)
    implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ExecutorModel.class);

  /**
   * Loads the model of these settings, whose weights all executors of this host share.
   *
   * @throws IOException if a file is missing or refused
   */
  static ExecutorModel load(CaptionSettings settings) throws IOException {
    ModelFiles files = settings.files();
    Qwen2VlConfig config = ModelParts.config(files);
    ImageProcessorConfig pictures = ModelParts.images(files, config);
    LoadOptions options =
        settings
            .load(settings.threads().orElseGet(() -> Cores.here().threads()))
            .listener(new ToSparksLog());
    // The engine says so too, but its words do not reach Spark's log from the thread of a task.
    Backend.whyScalar()
        .ifPresent(reason ->
            LOG.warn(
                "scalar kernels compute, with the same bits and many times slower: {}", reason));
    HostCache.pack(files, options);
    String hash = ModelHash.of(files, options);
    Qwen2Vl model = Qwen2Vl.load(files, options);
    LOG.info(
        "model {}: loaded in {} ms, {}, {}, content {}",
        model.name(),
        model.loadTime().toMillis(),
        model.backend(),
        model.profile(),
        hash);
    int batch = batch(settings, config, settings.options(pictures), pictures);
    return new ExecutorModel(new SharedDecoder(model, batch), pictures, hash);
  }

  /** Writes warnings to Spark's log. */
  private static final class ToSparksLog implements LoadListener {

    @Override
    public void packed(long done, long total) {}

    @Override
    public void warning(String message) {
      LOG.warn(message);
    }
  }

  private static int batch(
      CaptionSettings settings,
      Qwen2VlConfig config,
      GenerationOptions options,
      ImageProcessorConfig defaults) {
    return settings
        .batch()
        .orElseGet(() ->
            ModelMemory.batch(
                Runtime.getRuntime().maxMemory(),
                new ModelMemory(config).answer(largestPicture(options, defaults), options)));
  }

  /** Tokens of the largest picture that the options let through. */
  static int largestPicture(GenerationOptions options, ImageProcessorConfig defaults) {
    ImageProcessorConfig pictures = options.pictures(defaults);
    int side = pictures.patchSize() * pictures.mergeSize();
    return Math.toIntExact(pictures.maxPixels() / ((long) side * side));
  }

  @Override
  public void close() {
    decoder.close();
  }
}

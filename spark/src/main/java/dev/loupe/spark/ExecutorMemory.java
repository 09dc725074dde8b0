package dev.loupe.spark;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;

/**
 * What an executor needs in memory, in bytes. An estimate from above of what Loupe takes; what else
 * the application keeps comes on top.
 *
 * @param weights of the model. They are mapped from one file, which the executors of a host share,
 *     but whoever counts the memory of a process counts them for each
 * @param answers keys, values and scratch memory of a batch, outside the heap
 * @param pictures files and pictures of all tasks on the heap: of 12 megapixels and 8 MB each,
 *     those that wait already resized
 */
public record ExecutorMemory(long weights, long answers, long pictures) {

  private static final long MEGABYTE = 1L << 20;

  /** Threads, compiled code and classes of a JVM with Spark. */
  private static final long JVM = 512 * MEGABYTE;

  /** What Spark itself keeps on the heap. */
  private static final long SPARK = 768 * MEGABYTE;

  private static final long FILE = 8 * MEGABYTE;
  private static final long PIXELS = 12_000_000;

  /** Of the decoder and its result, for each pixel of the one picture that a task decodes. */
  private static final int DECODING = 14;

  /** Packed weights have panels that are padded. */
  private static final int PADDING = 16;

  static ExecutorMemory of(CaptionSettings settings, Cores cores) throws IOException {
    ModelFiles files = settings.files();
    Qwen2VlConfig config = ModelParts.config(files);
    ImageProcessorConfig defaults = ModelParts.images(files, config);
    GenerationOptions options = settings.options(defaults);
    int tokens = ExecutorModel.largestPicture(options, defaults);
    ModelMemory needs = new ModelMemory(config);
    int batch = settings.batch().orElse(ModelMemory.LARGEST_BATCH);
    long resized = 3 * options.pictures(defaults).maxPixels();
    long rows = (batch + PartitionCaptions.AHEAD) * (FILE + resized);
    return new ExecutorMemory(
        weights(files),
        batch * needs.answer(tokens, options) + needs.scratch(tokens, options),
        cores.tasks() * (rows + FILE + DECODING * PIXELS));
  }

  private static long weights(ModelFiles files) throws IOException {
    try (ModelWeights weights = files.openWeights()) {
      return weights.byteSize() + weights.byteSize() / PADDING;
    }
  }

  /** What {@code spark.executor.memory} should be at least: the heap. */
  public long heap() {
    return SPARK + pictures;
  }

  /** What {@code spark.executor.memoryOverhead} should be at least: all that is not heap. */
  public long overhead() {
    return JVM + weights + answers;
  }

  /** Both as options of {@code spark-submit}, in whole MiB. */
  public String options() {
    return "--conf spark.executor.memory=%dm --conf spark.executor.memoryOverhead=%dm"
        .formatted(mebibytes(heap()), mebibytes(overhead()));
  }

  private static long mebibytes(long bytes) {
    return (bytes + MEGABYTE - 1) / MEGABYTE;
  }
}

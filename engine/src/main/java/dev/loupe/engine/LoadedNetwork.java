package dev.loupe.engine;

import dev.loupe.engine.text.TextDecoder;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.vision.VisionTransformer;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * Tower and decoder of a model with their weights and threads, without tokenizer and requests: for
 * measuring, and for tools that have token ids and pixel values of their own. To get answers, use
 * {@link Qwen2Vl}.
 *
 * <p>Owns threads and weights; {@link #close} frees both. One thread at a time may compute.
 */
public final class LoadedNetwork implements AutoCloseable {

  /** One of the matrices of the decoder, which are stored in one type. */
  private static final String A_MATRIX = "model.layers.0.mlp.up_proj.weight";

  private final Qwen2VlConfig config;
  private final Backend backend;
  private final WeightsCache weights;
  private final Arena arena = Arena.ofShared();
  private final WeightTypes weightTypes;
  private final double layerBytes;
  private final double headBytes;
  private final WeightConversion conversion;
  private final long weightBytes;
  private final MultimodalModel model;
  private final Duration loadTime;

  /**
   * Lays out the weights. If that fails, closes the weights, and the caller keeps the backend.
   *
   * @param start of the loading, by {@link System#nanoTime}
   */
  LoadedNetwork(
      Qwen2VlConfig config, WeightsCache weights, Backend backend, LoadOptions options, long start)
      throws IOException {
    this.config = config;
    this.weights = weights;
    this.backend = backend;
    this.weightTypes = options.weights();
    DType compute = options.profile().compute();
    try {
      LongConsumer progress = new Progress(weights.byteSize(), options.listener());
      LayerLoader layers =
          new LayerLoader(weights, arena, backend, compute, options.weights(), progress);
      this.model = new MultimodalModel(layers, config);
      boolean tied = config.text().tieWordEmbeddings();
      this.layerBytes = bytes(A_MATRIX, compute);
      this.headBytes = bytes(tied ? StoredHead.EMBEDDING : StoredHead.HEAD, compute);
      this.conversion = layers.conversion();
      this.weightBytes = layers.bytes();
      weights.complete();
      this.loadTime = Duration.ofNanos(System.nanoTime() - start);
    } catch (IOException | RuntimeException | Error e) {
      weights.close();
      arena.close();
      throw e;
    }
  }

  /** The bytes of a weight of a matrix, as the kernels read it. */
  private double bytes(String matrix, DType compute) throws IOException {
    DType packed = WeightsCache.packedType(weights, matrix, compute, weightTypes);
    return QuantisedType.storedIn(packed).map(QuantisedType::bytes).orElse((double) packed.bytes());
  }

  /**
   * Loads tower and decoder alone. No other file than {@code config.json} and the weights is read.
   *
   * @throws IOException if a file is missing or refused; the message says which, what was expected
   *     and what was found
   */
  public static LoadedNetwork load(ModelFiles files, LoadOptions options) throws IOException {
    return ModelLoader.network(files, options);
  }

  /** What {@code config.json} says. */
  public Qwen2VlConfig config() {
    return config;
  }

  /** The vision tower. */
  public VisionTransformer visual() {
    return model.visual();
  }

  /** The language model. */
  public TextDecoder decoder() {
    return model.decoder();
  }

  /** Which parts were rounded to integers. */
  WeightTypes weightTypes() {
    return weightTypes;
  }

  /** What computes. */
  public Backend backend() {
    return backend;
  }

  /** How long loading took. */
  public Duration loadTime() {
    return loadTime;
  }

  /** Whether the weights came from a file that an earlier load had left. */
  public boolean cached() {
    return weights.cached();
  }

  /** Bytes of the weights as the kernels read them. */
  public long weightBytes() {
    return weightBytes;
  }

  /** Operations, and bytes of the weights as the kernels read them. */
  public ModelCost cost() {
    return new ModelCost(config, layerBytes, headBytes);
  }

  /** Waits until the file for later loads is written, if one is. */
  public void settle() {
    weights.settle();
  }

  /** Tower and decoder together. */
  MultimodalModel model() {
    return model;
  }

  /** What rounding to the compute type did to the stored weights. */
  WeightConversion conversion() {
    return conversion;
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

  /** Waits for the file of the cache, then frees everything. No computation may be running. */
  @Override
  public void close() {
    backend.close();
    weights.close(); // It may still be writing what the arena holds.
    arena.close();
  }
}

package dev.loupe.cli.bench;

import dev.loupe.engine.LoadListener;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.engine.text.TextDecoder;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.vision.VisionTransformer;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model without its tokenizer, fed with token ids and pixel values that mean nothing: no time
 * depends on them. Scratch memory is kept from one run to the next, as in a batch of pictures.
 */
final class BenchModel implements AutoCloseable {
  private final Qwen2VlConfig config;
  private final Backend backend;
  private final Arena arena = Arena.ofShared();
  private final WeightsCache weights;
  private final VisionTransformer visual;
  private final TextDecoder decoder;
  private final Workspace w;
  private final double seconds;
  private final DType compute;

  private BenchModel(ModelFiles files, LoadOptions options, Backend backend) throws IOException {
    long start = System.nanoTime();
    this.backend = backend;
    this.config = ModelParts.config(files);
    this.compute = options.profile().compute();
    this.weights =
        WeightsCache.open(
            files.openWeights(), options.cache(), compute, backend, options.listener());
    try {
      long total = weights.byteSize();
      LoadListener listener = options.listener();
      long[] done = {0};
      LayerLoader layers =
          new LayerLoader(
              weights, arena, backend, compute, n -> listener.packed(done[0] += n, total));
      this.visual = new VisionTransformer(layers, config.vision());
      this.decoder = new TextDecoder(layers, config.text());
      weights.complete();
      this.w = new Workspace(backend, options.profile(), NumericsTrace.NONE);
    } catch (IOException | RuntimeException | Error e) {
      weights.close();
      arena.close();
      throw e;
    }
    this.seconds = (System.nanoTime() - start) * 1e-9;
    weights.settle();
  }

  /** Loads a model with these threads, profile and cache; its tokenizer is not looked at. */
  static BenchModel load(ModelFiles files, LoadOptions options) throws IOException {
    Backend backend = Backend.open(options.threads());
    try {
      return new BenchModel(files, options, backend);
    } catch (IOException | RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  Backend backend() {
    return backend;
  }

  double loadSeconds() {
    return seconds;
  }

  boolean cached() {
    return weights.cached();
  }

  long weightBytes() {
    return weights.byteSize();
  }

  /** What it costs, in weights of the size that the loader made of them. */
  ModelCost cost() {
    DType packed = compute == DType.F32 ? weights.dtype().orElse(DType.BF16) : compute;
    return new ModelCost(config, packed.bytes());
  }

  KvCache newCache() {
    return new KvCache(config.text());
  }

  /** Runs a prompt of so many tokens, to the logits of its last. */
  void prefill(int tokens, KvCache cache) {
    try (var _ = w.frame()) {
      int[] places = IntStream.range(0, tokens).toArray();
      Tensor x = decoder.embed(ids(tokens, 0), w);
      Tensor hidden = decoder.forward(x, RopePositions.of(places), cache, w);
      decoder.logits(hidden.rows(tokens - 1L, tokens), w);
    }
  }

  /** Runs one more token of each sequence, to their logits. */
  void step(List<KvCache> caches) {
    try (var _ = w.frame()) {
      int position = caches.getFirst().length();
      int[] places = new int[caches.size()];
      Arrays.fill(places, position);
      Tensor x = decoder.embed(ids(caches.size(), position), w);
      decoder.logits(decoder.forward(x, RopePositions.of(places), caches, w), w);
    }
  }

  /** Runs the tower on one picture. */
  void encode(PatchGrid grid, Tensor pixelValues) {
    try (var _ = w.frame()) {
      visual.forward(pixelValues, List.of(grid), w);
    }
  }

  private int[] ids(int count, int salt) {
    int vocab = config.text().vocabSize();
    return IntStream.range(0, count).map(i -> (int) ((i + salt) * 7919L % vocab)).toArray();
  }

  @Override
  public void close() {
    w.close();
    backend.close();
    weights.close();
    arena.close();
  }
}

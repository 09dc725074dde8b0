package dev.loupe.cli.bench;

import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.LoadedNetwork;
import dev.loupe.engine.ModelCost;
import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model without its tokenizer, fed with token ids and pixel values that mean nothing: no time
 * depends on them. Scratch memory is kept from one run to the next, as in a batch of pictures.
 */
final class BenchModel implements AutoCloseable {
  private final LoadedNetwork network;
  private final Workspace w;

  private BenchModel(LoadedNetwork network, LoadOptions options) {
    this.network = network;
    this.w = new Workspace(network.backend(), options.profile(), NumericsTrace.NONE);
  }

  /** Loads a model with these threads, profile and cache; its tokenizer is not looked at. */
  static BenchModel load(ModelFiles files, LoadOptions options) throws IOException {
    LoadedNetwork network = LoadedNetwork.load(files, options);
    network.settle();
    return new BenchModel(network, options);
  }

  LoadedNetwork network() {
    return network;
  }

  double loadSeconds() {
    return network.loadTime().toNanos() * 1e-9;
  }

  /** What it costs, in weights of the size that the loader made of them. */
  ModelCost cost() {
    return network.cost();
  }

  KvCache newCache() {
    return network.decoder().newCache();
  }

  /** Runs a prompt of so many tokens, to the logits of its last. */
  void prefill(int tokens, KvCache cache) {
    try (var _ = w.frame()) {
      int[] places = IntStream.range(0, tokens).toArray();
      Tensor x = network.decoder().embed(ids(tokens, 0), w);
      Tensor hidden = network.decoder().forward(x, RopePositions.of(places), cache, w);
      network.decoder().logits(hidden.rows(tokens - 1L, tokens), w);
    }
  }

  /** Runs one more token of each sequence, to their logits. */
  void step(List<KvCache> caches) {
    try (var _ = w.frame()) {
      int position = caches.getFirst().length();
      int[] places = new int[caches.size()];
      Arrays.fill(places, position);
      Tensor x = network.decoder().embed(ids(caches.size(), position), w);
      network
          .decoder()
          .logits(network.decoder().forward(x, RopePositions.of(places), caches, w), w);
    }
  }

  /** Runs the tower on one picture. */
  void encode(PatchGrid grid, Tensor pixelValues) {
    try (var _ = w.frame()) {
      network.visual().forward(pixelValues, List.of(grid), w);
    }
  }

  private int[] ids(int count, int salt) {
    int vocab = network.config().text().vocabSize();
    return IntStream.range(0, count).map(i -> (int) ((i + salt) * 7919L % vocab)).toArray();
  }

  @Override
  public void close() {
    w.close();
    network.close();
  }
}

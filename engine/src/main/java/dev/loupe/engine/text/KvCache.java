package dev.loupe.engine.text;

import dev.loupe.tensor.nn.KeyValues;
import java.util.ArrayList;
import java.util.List;

/** The keys and values of one sequence in every layer. Grows in steps; freed by {@link #close}. */
public final class KvCache implements AutoCloseable {
  private final List<KeyValues> layers;

  private KvCache(List<KeyValues> layers) {
    this.layers = layers;
  }

  /** An empty cache for so many layers of this shape. */
  KvCache(TextConfig config, int layerCount) {
    this(new ArrayList<>());
    for (int n = 0; n < layerCount; n++) {
      layers.add(KeyValues.growing(config.numKeyValueHeads(), config.headDim()));
    }
  }

  /** How many tokens it holds. */
  public int length() {
    return layers.getFirst().length();
  }

  /** The memory that it has, also for tokens to come. */
  public long bytes() {
    return layers.stream().mapToLong(KeyValues::bytes).sum();
  }

  /** Forgets all tokens from {@code length} on; their memory is used again. */
  public void truncate(int length) {
    layers.forEach(layer -> layer.truncate(length));
  }

  /** A cache of its own with the same content. */
  public KvCache copy() {
    return new KvCache(layers.stream().map(KeyValues::copy).toList());
  }

  /** One layer of each of some caches. */
  static List<KeyValues> layer(List<KvCache> caches, int n) {
    return caches.stream().map(cache -> cache.layers.get(n)).toList();
  }

  @Override
  public void close() {
    layers.forEach(KeyValues::close);
  }
}

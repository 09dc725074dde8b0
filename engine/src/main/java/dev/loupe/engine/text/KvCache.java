package dev.loupe.engine.text;

import dev.loupe.tensor.nn.KeyValues;
import java.util.ArrayList;
import java.util.List;

/** The keys and values of one sequence in every layer. Grows in steps; freed by {@link #close}. */
public final class KvCache implements AutoCloseable {
  private final List<KeyValues> layers = new ArrayList<>();

  /** An empty cache for a model of this shape. */
  public KvCache(TextConfig config) {
    for (int n = 0; n < config.numHiddenLayers(); n++) {
      layers.add(KeyValues.growing(config.numKeyValueHeads(), config.headDim()));
    }
  }

  /** How many tokens it holds. */
  public int length() {
    return layers.getFirst().length();
  }

  KeyValues layer(int n) {
    return layers.get(n);
  }

  @Override
  public void close() {
    layers.forEach(KeyValues::close);
  }
}

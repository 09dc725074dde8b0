package dev.loupe.engine;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;

/**
 * A loaded model, and the arithmetic of its answers. Owns nothing.
 *
 * @param loaded the model
 * @param profile the arithmetic; its compute type is that of the weights
 */
record ConfiguredModel(LoadedModel loaded, NumericsProfile profile) {

  ConfiguredModel {
    TorchOrder.unknown(loaded.config(), profile)
        .ifPresent(reason -> {
          throw new IllegalArgumentException(reason);
        });
  }

  /** The same weights with another arithmetic. */
  ConfiguredModel with(NumericsProfile other) {
    return new ConfiguredModel(loaded, other);
  }

  /** Scratch memory for a computation that this observer watches. */
  Workspace workspace(NumericsTrace trace) {
    return new Workspace(loaded.backend(), profile, trace);
  }

  /** An empty cache of keys and values, which the caller closes. */
  PrefixCache newPrefix() {
    return new PrefixCache(loaded.model().newCache());
  }
}

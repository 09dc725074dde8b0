package dev.loupe.engine;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;

/**
 * A loaded model, and the arithmetic of its answers. Owns nothing.
 *
 * @param loaded the model
 * @param profile the arithmetic; its compute type is that of the weights
 * @param guess whether to guess tokens ahead, where the profile allows it
 */
record ConfiguredModel(LoadedModel loaded, NumericsProfile profile, boolean guess) {

  ConfiguredModel {
    TorchOrder.unknown(loaded.config(), profile)
        .ifPresent(reason -> {
          throw new IllegalArgumentException(reason);
        });
  }

  /** A model that guesses nothing. */
  ConfiguredModel(LoadedModel loaded, NumericsProfile profile) {
    this(loaded, profile, false);
  }

  /** The same weights with another arithmetic. */
  ConfiguredModel with(NumericsProfile other) {
    return new ConfiguredModel(loaded, other, guess);
  }

  /** The first layers alone; see {@link MultimodalModel#firstLayers}. */
  ConfiguredModel firstLayers() {
    return new ConfiguredModel(loaded.firstLayers(), profile, guess);
  }

  /**
   * Whether tokens are guessed: where rows of one pass have the bits that each has alone ({@link
   * PrefixCache#exact}), so that no guess can change an answer.
   */
  boolean guesses() {
    return guess && PrefixCache.exact(profile);
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

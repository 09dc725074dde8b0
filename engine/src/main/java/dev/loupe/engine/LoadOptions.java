package dev.loupe.engine;

import dev.loupe.tensor.numerics.NumericsProfile;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How to load a model. Immutable; each method returns a changed copy.
 *
 * @param threads how many threads work on a request
 * @param tokenizer a folder with the tokenizer's files; empty: the model's own
 * @param profile the arithmetic
 * @param listener told of the progress
 */
public record LoadOptions(
    int threads, Optional<Path> tokenizer, NumericsProfile profile, LoadListener listener) {

  /** One thread for each processor, the model's own tokenizer, float32. */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Runtime.getRuntime().availableProcessors(),
        Optional.empty(),
        NumericsProfile.FLOAT32,
        LoadListener.NONE);
  }

  /** How many threads work on a request, at least 1. Changes the time, never the answer. */
  public LoadOptions threads(int threads) {
    return new LoadOptions(threads, tokenizer, profile, listener);
  }

  /** Takes the tokenizer from another folder, for checkpoints that have none. */
  public LoadOptions tokenizer(Path folder) {
    return new LoadOptions(threads, Optional.of(folder), profile, listener);
  }

  /** Computes with this arithmetic; weights are rounded to its type as they are loaded. */
  public LoadOptions profile(NumericsProfile profile) {
    return new LoadOptions(threads, tokenizer, profile, listener);
  }

  /** Tells this listener of the progress. */
  public LoadOptions listener(LoadListener listener) {
    return new LoadOptions(threads, tokenizer, profile, listener);
  }
}

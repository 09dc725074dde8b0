package dev.loupe.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How to load a model. Immutable; each method returns a changed copy.
 *
 * @param threads how many threads work on a request
 * @param tokenizer a folder with the tokenizer's files; empty: the model's own
 * @param listener told of the progress
 */
public record LoadOptions(int threads, Optional<Path> tokenizer, LoadListener listener) {

  /** One thread for each processor, the model's own tokenizer. */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Runtime.getRuntime().availableProcessors(), Optional.empty(), LoadListener.NONE);
  }

  /** How many threads work on a request, at least 1. Changes the time, never the answer. */
  public LoadOptions threads(int threads) {
    return new LoadOptions(threads, tokenizer, listener);
  }

  /** Takes the tokenizer from another folder, for checkpoints that have none. */
  public LoadOptions tokenizer(Path folder) {
    return new LoadOptions(threads, Optional.of(folder), listener);
  }

  /** Tells this listener of the progress. */
  public LoadOptions listener(LoadListener listener) {
    return new LoadOptions(threads, tokenizer, listener);
  }
}

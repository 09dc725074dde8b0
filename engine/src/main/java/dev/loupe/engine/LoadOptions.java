package dev.loupe.engine;

import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.cache.WeightsCache;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How to load a model. Immutable; each method returns a changed copy.
 *
 * @param threads how many threads work on a request
 * @param tokenizer a folder with the tokenizer's files; empty: the model's own
 * @param profile the arithmetic
 * @param weights in which integers the matrices of some parts lie in memory, if any do
 * @param cache the folder that keeps packed weights from one load to the next; empty: nothing is
 *     kept
 * @param guess whether to guess tokens ahead
 * @param listener gets the progress
 */
public record LoadOptions(
    int threads,
    Optional<Path> tokenizer,
    NumericsProfile profile,
    WeightTypes weights,
    Optional<Path> cache,
    boolean guess,
    LoadListener listener) {

  /**
   * One thread for each processor, the model's own tokenizer, float32, and the user's cache: {@link
   * WeightsCache#defaultFolder} for this process, which the command line shares. The first load of
   * a model of 64 MB or more writes a file there, about as large as its weights; smaller ones, the
   * built-in captioner among them, write nothing. The file is written while the model already
   * answers; closing the model waits for it.
   */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Runtime.getRuntime().availableProcessors(),
        Optional.empty(),
        NumericsProfile.FLOAT32,
        WeightTypes.AS_STORED,
        Optional.of(WeightsCache.defaultFolder(System.getenv())),
        true,
        LoadListener.NONE);
  }

  /** How many threads work on a request, at least 1. Changes the time, never the answer. */
  public LoadOptions threads(int threads) {
    return new LoadOptions(threads, tokenizer, profile, weights, cache, guess, listener);
  }

  /** Takes the tokenizer from another folder, for checkpoints that have none. */
  public LoadOptions tokenizer(Path folder) {
    return new LoadOptions(threads, Optional.of(folder), profile, weights, cache, guess, listener);
  }

  /** Computes with this arithmetic; weights are rounded to its type as they are loaded. */
  public LoadOptions profile(NumericsProfile profile) {
    return new LoadOptions(threads, tokenizer, profile, weights, cache, guess, listener);
  }

  /**
   * Rounds the matrices of some parts to integers of 8 or 4 bits while they are packed, which are
   * fewer bytes to read for each token. Needs the compute type float32. Changes answers.
   */
  public LoadOptions weights(WeightTypes weights) {
    return new LoadOptions(threads, tokenizer, profile, weights, cache, guess, listener);
  }

  /**
   * Keeps packed weights in this folder, which is created if it does not exist. Changes the time
   * only.
   */
  public LoadOptions cache(Path folder) {
    return new LoadOptions(
        threads, tokenizer, profile, weights, Optional.of(folder), guess, listener);
  }

  /** Packs the weights in memory at each load, and writes nothing to the disk. */
  public LoadOptions noCache() {
    return new LoadOptions(threads, tokenizer, profile, weights, Optional.empty(), guess, listener);
  }

  /**
   * Whether to guess tokens that may come next, from prompt and answer so far, and check several in
   * one pass over the weights. Acts where one answer is made alone. Changes the time, never the
   * answer.
   */
  public LoadOptions guess(boolean guess) {
    return new LoadOptions(threads, tokenizer, profile, weights, cache, guess, listener);
  }

  /** Reports the progress to this listener. */
  public LoadOptions listener(LoadListener listener) {
    return new LoadOptions(threads, tokenizer, profile, weights, cache, guess, listener);
  }
}

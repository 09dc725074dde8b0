package dev.loupe.engine;

import dev.loupe.engine.telemetry.PrefillEvent;
import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ScorePeak;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A prompt in the decoder: how much of it is computed, its keys and values, and the time it took.
 * Answers continue it. One thread, one use; the caller owns the cache.
 */
final class Sequence {
  private final MultimodalModel model;
  private final EncodedPrompt prompt;
  private final PrefixCache cache;
  private final int cachedTokens;
  private Duration image = Duration.ZERO;
  private Duration prefill = Duration.ZERO;
  private boolean keepsPeak;
  private Optional<ScorePeak> peak = Optional.empty();

  private Sequence(
      MultimodalModel model, EncodedPrompt prompt, PrefixCache cache, int cachedTokens) {
    this.model = model;
    this.prompt = prompt;
    this.cache = cache;
    this.cachedTokens = cachedTokens;
  }

  /**
   * A prompt that is not computed yet, but for the tokens it has in common with the cache.
   *
   * @param cache loses everything else that it holds
   */
  static Sequence of(ConfiguredModel model, EncodedPrompt prompt, PrefixCache cache) {
    int common = PrefixCache.exact(model.profile()) ? cache.common(prompt) : 0;
    cache.truncate(common);
    return new Sequence(model.loaded().model(), prompt, cache, common);
  }

  /**
   * The same sequence with another copy of its keys and values.
   *
   * @param copy of the cache
   */
  Sequence in(PrefixCache copy) {
    Sequence other = new Sequence(model, prompt, copy, cachedTokens);
    other.image = image;
    other.prefill = prefill;
    return other;
  }

  /** Keeps its largest score from now on. */
  void keepPeak() {
    keepsPeak = true;
  }

  boolean keepsPeak() {
    return keepsPeak;
  }

  /** Takes note of a score. */
  void saw(ScorePeak score) {
    if (peak.isEmpty() || score.above(peak.get())) {
      peak = Optional.of(score);
    }
  }

  /** The largest score so far, if it is kept and there are float16 scores. */
  Optional<ScorePeak> peak() {
    return peak;
  }

  EncodedPrompt prompt() {
    return prompt;
  }

  PrefixCache prefix() {
    return cache;
  }

  KvCache cache() {
    return cache.cache();
  }

  /** How many tokens of the prompt the cache held. */
  int cachedTokens() {
    return cachedTokens;
  }

  /**
   * Runs what the cache does not hold of the prompt.
   *
   * @param pictures of the whole prompt; rows before {@link #cachedTokens} are not read
   * @return normalised hidden states of those tokens, in scratch memory
   */
  Tensor prefill(PictureEmbeddings pictures, Workspace w) {
    image = pictures.time();
    long start = System.nanoTime();
    PrefillEvent event = PrefillEvent.start();
    try {
      Tensor hidden =
          model.prefill(
              prompt.ids(), pictures.rows(), prompt.positions(), cachedTokens, cache(), w);
      prefill = since(start);
      event.done(prompt.length(), cachedTokens);
      return hidden;
    } catch (RuntimeException | Error e) {
      cache.truncate(0); // Some layers may have more tokens than others.
      throw e;
    }
  }

  /** The same up to the logits of the first token [1, vocabSize], in scratch memory. */
  Tensor firstLogits(PictureEmbeddings pictures, Workspace w) {
    Tensor hidden = prefill(pictures, w);
    long start = System.nanoTime();
    Tensor logits = model.logits(hidden.rows(hidden.rowCount() - 1L, hidden.rowCount()), w);
    prefill = prefill.plus(since(start));
    return logits;
  }

  /**
   * The position of a token of an answer. Text continues after the largest position of the prompt,
   * which is not its length.
   *
   * @param n 0 for the first
   */
  int position(int n) {
    return prompt.positions().next() + n;
  }

  /**
   * Later prompts may continue from what the cache holds of these tokens: all but the last, which
   * the model did not run on.
   */
  void keep(int[] ids) {
    cache().truncate(ids.length - 1);
    cache.holds(ids, prompt.pictures());
  }

  /** The times of an answer that took this long after its prompt. */
  Timings timings(Duration decode) {
    return new Timings(image, prefill, decode);
  }

  /** The sizes of its pictures. */
  List<PictureSize> pictures() {
    return prompt.pictures().stream().map(picture -> picture.size(model.patchSize())).toList();
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}

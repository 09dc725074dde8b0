package dev.loupe.engine;

import java.util.concurrent.Callable;

/**
 * One request of a batch.
 *
 * @param key what the caller knows it by
 * @param prompt makes the prompt when its turn comes; what it throws is this request's failure
 * @param options how to answer
 * @param listener gets each token; stops this request alone
 * @param <K> the type of the keys
 */
public record BatchRequest<K>(
    K key, Callable<Prompt> prompt, GenerationOptions options, TokenListener listener) {

  /** A request nobody listens to. */
  public BatchRequest(K key, Callable<Prompt> prompt, GenerationOptions options) {
    this(key, prompt, options, TokenListener.NONE);
  }
}

package dev.loupe.engine;

import java.util.concurrent.Callable;

/**
 * One request of a batch.
 *
 * @param key identifies the request for the caller
 * @param prompt makes the prompt when the request is taken; an exception fails this request only
 * @param options how to answer
 * @param listener gets each token; stops this request alone
 * @param <K> the type of the keys
 */
public record BatchRequest<K>(
    K key, Callable<Prompt> prompt, GenerationOptions options, TokenListener listener) {

  /** A request without a listener. */
  public BatchRequest(K key, Callable<Prompt> prompt, GenerationOptions options) {
    this(key, prompt, options, TokenListener.NONE);
  }
}

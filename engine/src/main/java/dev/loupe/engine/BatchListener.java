package dev.loupe.engine;

/**
 * Gets each request of a batch as it ends, in the order in which they end. Called on the thread
 * that runs the batch; an exception of the listener ends the batch.
 *
 * @param <K> the type of the keys
 */
public interface BatchListener<K> {

  /** A request was answered. */
  void completed(K key, Generation answer);

  /** A request failed; the others go on. */
  void failed(K key, Exception reason);
}

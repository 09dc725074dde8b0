package dev.loupe.cli.folder;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A bounded queue from one thread to another. Both sides stop waiting when the run stops. */
final class BoundedQueue<T> {

  private static final long POLL_MILLISECONDS = 50;

  private final BlockingQueue<Optional<T>> queue;
  private final BooleanSupplier stopped;
  private volatile boolean ended;

  /**
   * @param capacity how many items wait at most
   * @param stopped whether both sides stop waiting
   */
  BoundedQueue(int capacity, BooleanSupplier stopped) {
    this.queue = new ArrayBlockingQueue<>(capacity);
    this.stopped = stopped;
  }

  /** Adds an item, and waits for room; false if the run stops first. */
  boolean put(T item) {
    return offer(Optional.of(item));
  }

  /** Ends the queue: no more items follow. */
  void end() {
    offer(Optional.empty());
  }

  private boolean offer(Optional<T> item) {
    try {
      while (!stopped.getAsBoolean()) {
        if (queue.offer(item, POLL_MILLISECONDS, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** Takes the next item; empty if no more items follow, or if the run stops. */
  Optional<T> take() {
    try {
      while (!ended && !stopped.getAsBoolean()) {
        Optional<T> next = queue.poll(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
        if (next != null) {
          ended = next.isEmpty();
          return next;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }
}

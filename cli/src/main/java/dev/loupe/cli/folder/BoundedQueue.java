package dev.loupe.cli.folder;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Hands things from one thread to another, a bounded number at a time. Both sides give up when the
 * run stops.
 */
final class Hand<T> {

  private static final long LOOK_UP_MILLISECONDS = 50;

  private final BlockingQueue<Optional<T>> queue;
  private final BooleanSupplier stopped;
  private volatile boolean ended;

  /**
   * @param capacity how many wait at most
   * @param stopped whether neither side shall wait any longer
   */
  Hand(int capacity, BooleanSupplier stopped) {
    this.queue = new ArrayBlockingQueue<>(capacity);
    this.stopped = stopped;
  }

  /** Hands one over; false if the run stops before it is taken in. */
  boolean give(T thing) {
    return put(Optional.of(thing));
  }

  /** Says that no more will come. */
  void end() {
    put(Optional.empty());
  }

  private boolean put(Optional<T> thing) {
    try {
      while (!stopped.getAsBoolean()) {
        if (queue.offer(thing, LOOK_UP_MILLISECONDS, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** The next; empty, and then for ever, if no more will come; also empty if the run stops. */
  Optional<T> take() {
    try {
      while (!ended && !stopped.getAsBoolean()) {
        Optional<T> next = queue.poll(LOOK_UP_MILLISECONDS, TimeUnit.MILLISECONDS);
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

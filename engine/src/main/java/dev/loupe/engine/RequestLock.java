package dev.loupe.engine;

import java.util.concurrent.Semaphore;

/** Lets requests pass one at a time, in the order in which they came, until it is closed. */
final class RequestLock {
  private final Semaphore permit = new Semaphore(1, true);

  /** The thread whose request runs; other threads read it only to compare it with themselves. */
  private volatile Thread inside;

  private boolean closed;

  /**
   * Waits until the caller may compute.
   *
   * @throws IllegalStateException if the model was closed, or the caller is inside a request
   *     already, as a listener is
   */
  void enter(String model) {
    requireOutside(model);
    permit.acquireUninterruptibly();
    if (closed) {
      permit.release();
      throw new IllegalStateException("model " + model + ": expected it open, found it closed");
    }
    inside = Thread.currentThread();
  }

  private void requireOutside(String model) {
    if (inside == Thread.currentThread()) {
      throw new IllegalStateException(
          "model "
              + model
              + ": expected a call from outside a request, found one by a listener or a prompt of"
              + " the running one, which would wait for itself");
    }
  }

  /** Whether a request waits for the one inside. */
  boolean isAwaited() {
    return permit.hasQueuedThreads();
  }

  /** Lets the next request in. */
  void leave() {
    inside = null;
    permit.release();
  }

  /**
   * Waits for the running request, then frees. A second call does nothing.
   *
   * @throws IllegalStateException if the caller is inside
   */
  void close(String model, Runnable free) {
    requireOutside(model);
    permit.acquireUninterruptibly();
    try {
      if (!closed) {
        closed = true;
        free.run();
      }
    } finally {
      permit.release();
    }
  }
}

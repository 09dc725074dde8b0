package dev.loupe.engine;

import java.util.concurrent.Semaphore;

/** Lets requests pass one at a time, in the order in which they came, until it is closed. */
final class Turnstile {
  private final Semaphore permit = new Semaphore(1, true);
  private boolean closed;

  /**
   * Waits for one's turn.
   *
   * @throws IllegalStateException if the model was closed
   */
  void enter(String model) {
    permit.acquireUninterruptibly();
    if (closed) {
      permit.release();
      throw new IllegalStateException("model " + model + ": expected it open, found it closed");
    }
  }

  /** The next may enter. */
  void leave() {
    permit.release();
  }

  /** Waits for whoever is inside, then frees; a second call does nothing. */
  void close(Runnable free) {
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

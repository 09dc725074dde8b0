package dev.loupe.server;

import java.util.concurrent.Semaphore;

/**
 * Bounds how many requests are in the house, from before their body is read to the end of their
 * answer, and with it the memory that they take.
 *
 * @param places one for the request that runs and one for each that waits
 */
record Admission(Semaphore places, int waiting) {

  static Admission of(Limits limits) {
    return new Admission(new Semaphore(limits.waiting() + 1), limits.waiting());
  }

  /** A place, given back when it is closed; refused if there is none. */
  Place enter() {
    if (!places.tryAcquire()) {
      throw ApiError.busy(waiting);
    }
    return places::release;
  }

  /** A place in the house. */
  interface Place extends AutoCloseable {
    @Override
    void close();
  }
}

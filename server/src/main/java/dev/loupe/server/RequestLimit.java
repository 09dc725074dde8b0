package dev.loupe.server;

import java.util.concurrent.Semaphore;

/**
 * Limits how many requests the server holds, from before it reads a body to the end of the answer,
 * and so the memory that they take.
 *
 * @param slots one for each request that may run and one for each that may wait
 * @param waiting how many may wait
 */
record RequestLimit(Semaphore slots, int waiting) {

  /**
   * A limit with all slots free.
   *
   * @param batch how many requests run side by side
   */
  static RequestLimit of(Limits limits, int batch) {
    return new RequestLimit(new Semaphore(limits.waiting() + batch), limits.waiting());
  }

  /**
   * Takes a slot, which {@code close} gives back.
   *
   * @throws ApiError if no slot is free
   */
  Slot enter() {
    if (!slots.tryAcquire()) {
      throw ApiError.busy(waiting);
    }
    return slots::release;
  }

  /** The slot of one request. */
  interface Slot extends AutoCloseable {
    @Override
    void close();
  }
}

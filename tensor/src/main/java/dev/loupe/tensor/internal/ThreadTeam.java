package dev.loupe.tensor.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed number of threads that start and finish a piece of work together; the caller is one of
 * them. Each knows its number; {@link Shares} divides work among them.
 *
 * <p>A forward pass hands out thousands of pieces of 10 to 1000 microseconds, so waiting threads
 * spin for about {@link #SPINS} checks before they park, and parked ones cost nothing when idle.
 * One piece of work runs at a time; a second caller waits its turn.
 */
public final class ThreadTeam implements AutoCloseable {

  /** What each worker does: called once with every number from 0 to the size of the team. */
  @FunctionalInterface
  public interface Work {
    void run(int worker);
  }

  private static final int SPINS = 2000;

  private final Thread[] helpers;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final AtomicInteger running = new AtomicInteger();
  private volatile int round;
  private volatile boolean closed;
  private Work work;
  private volatile Throwable failure;
  private volatile Thread caller;

  /**
   * Starts a team.
   *
   * @param size how many threads work at once, the caller included; at least 1
   */
  public ThreadTeam(int size) {
    helpers = new Thread[size - 1];
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      helpers[i] = Thread.ofPlatform().daemon().name("loupe-" + worker).start(() -> serve(worker));
    }
  }

  /** How many threads work at once, the caller included. */
  public int size() {
    return helpers.length + 1;
  }

  /**
   * Lets every worker do its part and returns when all have.
   *
   * @throws IllegalStateException if the team is closed
   */
  public void run(Work part) {
    if (helpers.length == 0) {
      part.run(0);
      return;
    }
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("thread team: expected an open model, found it closed");
      }
      work = part;
      failure = null;
      caller = Thread.currentThread();
      running.set(helpers.length);
      round++;
      for (Thread helper : helpers) {
        LockSupport.unpark(helper);
      }
      attempt(0);
      for (int spins = 0; running.get() > 0; spins++) {
        pause(spins);
      }
      rethrow();
    } finally {
      work = null;
      turn.unlock();
    }
  }

  private void serve(int worker) {
    int seen = 0;
    while (true) {
      for (int spins = 0; round == seen && !closed; spins++) {
        pause(spins);
      }
      if (closed) {
        return;
      }
      seen = round;
      attempt(worker);
      if (running.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  private void attempt(int worker) {
    try {
      work.run(worker);
    } catch (Throwable t) {
      failure = t;
    }
  }

  /** An interrupt makes park return at once; the generation loop looks at it between tokens. */
  private static void pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else if (Thread.currentThread().isInterrupted()) {
      Thread.yield();
    } else {
      LockSupport.park();
    }
  }

  private void rethrow() {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      for (Thread helper : helpers) {
        LockSupport.unpark(helper);
      }
    } finally {
      turn.unlock();
    }
    for (Thread helper : helpers) {
      boolean interrupted = false;
      while (helper.isAlive()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

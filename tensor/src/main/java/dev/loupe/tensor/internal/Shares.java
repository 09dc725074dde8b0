package dev.loupe.tensor.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The items of one piece of work, a contiguous share for each thread of a team. A thread does its
 * own share piece by piece, then takes pieces that others have not begun: cores are not equally
 * fast, and memory does not serve them equally, so with one fixed range a thread, all would wait
 * for the slowest.
 *
 * <p>Pieces are a quarter of what is left of a share: large ones first, so that products find their
 * blocks, then small ones, so that no thread waits long at the end.
 */
public final class Shares {

  /** Does items {@code from} to {@code to} (exclusive). */
  @FunctionalInterface
  public interface Pieces {
    void run(int from, int to);
  }

  private static final int PARTS = 4;

  /** The place of a share's counter: each has a cache line of its own. */
  private static final int LINE = 16;

  private final int count;
  private final int threads;
  private final AtomicIntegerArray next;

  /** Items 0 to {@code count} (exclusive) for that many threads. */
  public Shares(int count, int threads) {
    this.count = count;
    this.threads = threads;
    next = new AtomicIntegerArray(threads * LINE);
    for (int owner = 0; owner < threads; owner++) {
      next.set(owner * LINE, first(owner));
    }
  }

  private int first(int owner) {
    return (int) ((long) count * owner / threads);
  }

  /** What one worker does: its own share, then what is left of the others. */
  public void run(int worker, Pieces work) {
    for (int i = 0; i < threads; i++) {
      share((worker + i) % threads, work);
    }
  }

  private void share(int owner, Pieces work) {
    int last = first(owner + 1);
    for (int from = next.get(owner * LINE); from < last; from = next.get(owner * LINE)) {
      int to = from + Math.max(1, (last - from) / PARTS);
      if (next.compareAndSet(owner * LINE, from, to)) {
        work.run(from, to);
      }
    }
  }
}

package dev.loupe.weights.file;

import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A tensor that is made when it is first asked for, and again after it was released. It is made
 * once, under a lock of its own, so that others need not wait.
 */
public final class MadeTensor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Maker maker;
  private Optional<Tensor> made = Optional.empty();
  private Optional<Arena> arena = Optional.empty();

  /** Makes a tensor. */
  @FunctionalInterface
  public interface Maker {

    /**
     * Makes it in memory of this arena.
     *
     * @throws IOException if what it is made of cannot be read
     */
    Tensor make(Arena arena) throws IOException;
  }

  /** A tensor that is not made yet. */
  public MadeTensor(Maker maker) {
    this.maker = maker;
  }

  /**
   * The tensor, valid until {@link #release}.
   *
   * @throws IOException if it cannot be made
   * @throws OutOfMemoryError if there is no memory for it
   */
  public Tensor get() throws IOException {
    lock.lock();
    try {
      if (made.isEmpty()) {
        arena = Optional.of(Arena.ofShared());
        made = Optional.of(maker.make(arena.get()));
      }
      return made.get();
    } catch (IOException | RuntimeException | Error e) {
      release();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** Frees its memory. */
  public void release() {
    lock.lock();
    try {
      made = Optional.empty();
      arena.ifPresent(Arena::close);
      arena = Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}

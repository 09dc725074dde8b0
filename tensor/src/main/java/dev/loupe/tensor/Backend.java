package dev.loupe.tensor;

import dev.loupe.tensor.internal.Arithmetic;
import dev.loupe.tensor.internal.KernelsProvider;
import dev.loupe.tensor.internal.Shares;
import dev.loupe.tensor.internal.ThreadTeam;
import java.util.Optional;

/**
 * What computes: the kernels this machine can run, and the threads that run them. The choice
 * changes the time, never a bit of the result.
 *
 * <p>A backend belongs to the caller that opened it. It may be shared by any number of threads;
 * pieces of work queue.
 */
public final class Backend implements AutoCloseable {
  private final Arithmetic arithmetic;
  private final ThreadTeam team;

  private Backend(Arithmetic arithmetic, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    this.arithmetic = arithmetic;
    this.team = new ThreadTeam(threads);
  }

  /**
   * The fastest kernels that this Java can run: vectors if the module {@code jdk.incubator.vector}
   * is there ({@code --add-modules jdk.incubator.vector}) and the JVM has the compiler C2, else
   * scalars. Scalars as well in a JVM with {@code -Dloupe.kernels=scalar}: a few pictures of a
   * small model are done before the compiler has the vectors.
   *
   * @param threads how many threads work at once, at least 1
   */
  public static Backend open(int threads) {
    return new Backend(KernelsProvider.best(), threads);
  }

  /** The specification: plain loops that need no module, many times slower, same bits. */
  public static Backend scalar(int threads) {
    return new Backend(KernelsProvider.scalar(), threads);
  }

  /**
   * Why {@link #open} gives scalars in this JVM: what was expected and found, and the remedy. Empty
   * if it gives vectors, or the scalars that were asked for.
   */
  public static Optional<String> whyScalar() {
    return KernelsProvider.whyScalar();
  }

  /** For people: {@code vector 512 bit, 2 threads}. */
  public String description() {
    int threads = team.size();
    return arithmetic.description() + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  /** How many threads work at once. */
  public int threads() {
    return team.size();
  }

  /** The kernels, with sums in Loupe's own order. */
  Arithmetic arithmetic() {
    return arithmetic;
  }

  /** Work on a range of items; {@code worker} is below {@link #threads}. */
  @FunctionalInterface
  public interface RangeWork {
    /** Does items {@code from} to {@code to} (exclusive) on this worker. */
    void run(int from, int to, int worker);
  }

  /**
   * Splits items 0 to {@code count} into ranges and returns when all are done. Each thread begins
   * with a contiguous share of its own and then takes ranges that others have not begun, so a
   * worker may be called several times, or never. A single item, or a single thread, runs on the
   * caller.
   *
   * @throws IllegalStateException if the backend is closed
   */
  public void parallel(int count, RangeWork work) {
    int threads = team.size();
    if (threads == 1 || count <= 1) {
      work.run(0, count, 0);
      return;
    }
    Shares shares = new Shares(count, threads);
    team.run(worker -> shares.run(worker, (from, to) -> work.run(from, to, worker)));
  }

  @Override
  public void close() {
    team.close();
  }
}

package dev.loupe.tensor;

import dev.loupe.tensor.internal.DescendingKernels;
import dev.loupe.tensor.internal.Kernels;
import dev.loupe.tensor.internal.KernelsProvider;
import dev.loupe.tensor.internal.Shares;
import dev.loupe.tensor.internal.ThreadTeam;
import dev.loupe.tensor.internal.TorchCpuKernels;
import dev.loupe.tensor.numerics.Accumulation;
import java.lang.foreign.Arena;

/**
 * What computes: the kernels this machine can run, and the threads that run them. The choice
 * changes the time, never a bit of the result, but for {@link #descending}.
 *
 * <p>A backend belongs to whoever opened it. It may be shared by any number of threads; pieces of
 * work queue.
 */
public final class Backend implements AutoCloseable {
  private final Kernels kernels;
  private final ThreadTeam team;
  private final Arena arena = Arena.ofShared();
  private final float[][] scratch;

  private Backend(Kernels kernels, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    this.kernels = kernels;
    this.team = new ThreadTeam(threads);
    this.scratch = new float[threads][];
    for (int i = 0; i < threads; i++) {
      scratch[i] = new float[kernels.matmulScratch()];
    }
  }

  /**
   * The fastest kernels that this Java can run: vectors if the module {@code jdk.incubator.vector}
   * is there ({@code --add-modules jdk.incubator.vector}), else scalars.
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
   * A probe: products are summed from the last term to the first, everything else is as in {@link
   * #open}. What differs from {@link #open} depends on the order of additions. Slow.
   */
  public static Backend descending(int threads) {
    return new Backend(new DescendingKernels(KernelsProvider.best()), threads);
  }

  /** Whether the Vector module is there, so that {@link #open} gives vectors. */
  public static boolean vectorsAvailable() {
    return KernelsProvider.vectorsAvailable();
  }

  /** For people: {@code vector 512 bit, 2 threads}. */
  public String description() {
    int threads = team.size();
    return kernels.description() + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  /** How many threads work at once. */
  public int threads() {
    return team.size();
  }

  /** The kernels, for the building blocks of this module. */
  @SuppressWarnings("exports")
  public Kernels kernels() {
    return kernels;
  }

  /** The kernels that sum in this order, for the building blocks of this module. */
  @SuppressWarnings("exports")
  public Kernels kernels(Accumulation order) {
    return order == Accumulation.TORCH_CPU ? new TorchCpuKernels(kernels) : kernels;
  }

  /** Scratch memory of one worker for one product, for the building blocks of this module. */
  public float[] scratch(int worker) {
    return scratch[worker];
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
    arena.close();
  }
}

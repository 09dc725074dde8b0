package dev.loupe.tensor;

import dev.loupe.tensor.internal.PeakKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;

/**
 * The peak speed of this machine with the threads of a backend, with which the speed of a model is
 * compared. Clock and memory are shared with others, so a figure is good for some seconds only:
 * measure right before and after what is compared with it.
 */
public final class MachinePeaks implements AutoCloseable {

  /** Far more than any cache: 1 GB. */
  private static final long BYTES = 1L << 30;

  /**
   * Steps in one call of a kernel: short calls, so that C2 compiles the method and not one loop.
   */
  private static final int CALL = 1 << 12;

  /** About 20 ms at the peak, long enough for a steady clock under load. */
  private static final int STEPS = 1 << 22;

  /**
   * A peak is the best of this many runs. The first one after other work is slow: a virtual machine
   * reads memory that was not touched for seconds at a part of its speed.
   */
  private static final int TRIES = 4;

  private final PeakKernels kernels = PeakKernels.best();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final Backend backend;
  private final int steps;
  private final AtomicLong results = new AtomicLong();

  /**
   * Peaks of the threads of a backend, which stays the caller's. Allocates 1 GB outside the heap,
   * and runs both loops until they are compiled.
   */
  public MachinePeaks(Backend backend) {
    this(backend, BYTES, STEPS);
  }

  /**
   * The same for tests, with less memory and fewer steps.
   *
   * @param bytes a multiple of 1 MB
   * @param steps a multiple of 4,096
   */
  MachinePeaks(Backend backend, long bytes, int steps) {
    this.backend = backend;
    this.steps = steps;
    this.memory = arena.allocate(bytes, 64);
    flopsPerSecond();
    readBytesPerSecond();
  }

  /** Operations a second of fused multiply-adds on registers, two each, all threads together. */
  public double flopsPerSecond() {
    return best(this::multiplyAdds);
  }

  private double multiplyAdds() {
    long start = System.nanoTime();
    backend.parallel(
        backend.threads(),
        (from, to, worker) -> {
          for (int i = 0; i < steps; i += CALL) {
            results.addAndGet((long) kernels.multiplyAdd(CALL));
          }
        });
    double seconds = (System.nanoTime() - start) * 1e-9;
    return (double) steps * kernels.operations() * backend.threads() / seconds;
  }

  /** Bytes a second read from memory, all threads together. */
  public double readBytesPerSecond() {
    return best(this::reads);
  }

  private double reads() {
    int blocks = Math.toIntExact(memory.byteSize() / PeakKernels.BLOCK);
    long start = System.nanoTime();
    backend.parallel(
        blocks,
        (from, to, worker) -> {
          for (int block = from; block < to; block++) {
            results.addAndGet(kernels.read(memory, (long) block * PeakKernels.BLOCK));
          }
        });
    return memory.byteSize() / ((System.nanoTime() - start) * 1e-9);
  }

  private static double best(DoubleSupplier measurement) {
    return DoubleStream.generate(measurement).limit(TRIES).max().orElseThrow();
  }

  @Override
  public void close() {
    arena.close();
  }
}

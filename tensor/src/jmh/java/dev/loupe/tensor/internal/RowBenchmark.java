package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The kernels that go along a row, on one thread. Each starts from the same numbers, whose copy is
 * part of the time: {@code copy} says how much.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RowBenchmark {
  private static final float EPS = 1e-6f;

  /** The decoder's width, its MLP's, and the scores of a picture of 3,072 patches. */
  @Param({"1536", "8960", "3072"})
  private int width;

  @Param({"F32", "BF16", "F16"})
  private DType dtype;

  private final Arena arena = Arena.ofConfined();
  private final RowKernels kernels = KernelsProvider.best().rows();
  private MemorySegment source;
  private MemorySegment weight;
  private MemorySegment x;
  private MemorySegment y;

  @Setup
  public void allocate() {
    source = Floats.random(arena, width);
    weight = Floats.random(arena, width);
    x = Floats.random(arena, width);
    y = Floats.random(arena, width);
  }

  private Row row(MemorySegment numbers) {
    return new Row(numbers, 0, width);
  }

  @Benchmark
  public MemorySegment copy() {
    return x.copyFrom(source);
  }

  @Benchmark
  public MemorySegment softmax() {
    kernels.softmax(dtype, copy(), 0, width);
    return x;
  }

  @Benchmark
  public MemorySegment rmsNorm() {
    kernels.rmsNorm(dtype, row(source), weight, EPS, row(y));
    return y;
  }

  @Benchmark
  public MemorySegment layerNorm() {
    kernels.layerNorm(dtype, row(source), weight, weight, EPS, row(y));
    return y;
  }

  /** As if the row were one head. */
  @Benchmark
  public MemorySegment rotateHalf() {
    kernels.rotateHalf(dtype, dtype, row(copy()), row(weight), row(weight));
    return x;
  }

  @Benchmark
  public MemorySegment silu() {
    kernels.silu(dtype, copy(), 0, width);
    return x;
  }

  @Benchmark
  public MemorySegment quickGelu() {
    kernels.quickGelu(dtype, copy(), 0, width);
    return x;
  }

  @TearDown
  public void free() {
    arena.close();
  }
}

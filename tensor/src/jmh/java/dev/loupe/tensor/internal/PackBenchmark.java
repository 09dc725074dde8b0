package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
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

/** Packing a matrix of 8960 x 1536, 13.8 million elements, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class PackBenchmark {
  private static final int OUTPUTS = 8960;
  private static final int DEPTH = 1536;

  @Param({"BF16", "F32"})
  private DType stored;

  @Param({"BF16", "F16"})
  private DType packed;

  private final Arena arena = Arena.ofConfined();
  private Tensor source;
  private PanelMatrix panels;

  @Setup
  public void allocate() {
    source = Tensor.allocate(arena, stored, OUTPUTS, DEPTH);
    source.segment().fill((byte) 0x3c);
    panels = PanelMatrix.allocate(arena, packed, OUTPUTS, DEPTH);
  }

  @Benchmark
  public PanelMatrix pack() {
    panels.packPanels(source, packed, 0, panels.panels());
    return panels;
  }

  @TearDown
  public void free() {
    arena.close();
  }
}

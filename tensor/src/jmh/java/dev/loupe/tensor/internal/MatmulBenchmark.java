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
 * A product on one thread, in the shapes of the published 2B. Several matrices take turns, 256 MB
 * together, so that one row reads them from memory as decoding does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatmulBenchmark {
  private static final long BYTES = 256L << 20;

  @Param({"1", "64"})
  private int rows;

  /** Outputs and depth. */
  @Param({"1536x1536", "8960x1536", "1536x8960", "3840x1280"})
  private String shape;

  @Param({"BF16", "F32"})
  private DType dtype;

  private final Arena arena = Arena.ofConfined();
  private final Products products = KernelsProvider.best().products();
  private PanelMatrix[] weights;
  private Rows a;
  private Rows c;
  private float[] scratch;
  private int next;

  @Setup
  public void allocate() {
    int outputs = Integer.parseInt(shape.split("x")[0]);
    int depth = Integer.parseInt(shape.split("x")[1]);
    long bytes = PanelMatrix.panels(outputs) * PanelMatrix.panelBytes(dtype, depth);
    weights = new PanelMatrix[(int) Math.max(1, BYTES / bytes)];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = PanelMatrix.allocate(arena, dtype, outputs, depth);
      weights[i].data().fill((byte) 0x3c);
    }
    a = new Rows(Floats.random(arena, (long) rows * depth), 0, depth, rows);
    c = new Rows(arena.allocate((long) rows * outputs * 4, 64), 0, outputs, rows);
    scratch = new float[products.scratch()];
  }

  @Benchmark
  public MemorySegment matmul() {
    PanelMatrix w = weights[next++ % weights.length];
    products.multiply(a, w, PanelRange.all(w), c, false, scratch);
    return c.segment();
  }

  @TearDown
  public void free() {
    arena.close();
  }
}

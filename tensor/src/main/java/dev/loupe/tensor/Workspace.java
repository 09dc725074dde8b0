package dev.loupe.tensor;

import dev.loupe.tensor.internal.Arithmetic;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The scratch memory of one request, with what a forward pass needs beside its input: the backend,
 * the profile and the observer.
 *
 * <p>Memory is a stack. A {@link #frame} marks it; closing the frame gives back everything taken
 * since, without clearing it. Slabs are kept until the workspace is closed or a larger one takes
 * their place, so a decode loop allocates nothing after its first steps. One thread at a time.
 */
public final class Workspace implements AutoCloseable {
  private static final long SLAB = 1L << 20;
  private static final long LINE = 64;

  /** Numbers that are counted and rounded while they are in the first cache. */
  private static final int CHUNK = 1 << 13;

  /** Numbers whose largest is found before another thread is awake. */
  private static final int ALONE = 1 << 16;

  private static final Runnable NOTHING = () -> {};

  private final List<Slab> slabs = new ArrayList<>();
  private final Backend backend;
  private final NumericsProfile profile;
  private final NumericsTrace trace;
  private final Arithmetic arithmetic;
  private final float[][] scratch;
  private int slab;
  private long used;
  private Runnable betweenLayers = NOTHING;

  /** A workspace for one request. */
  public Workspace(Backend backend, NumericsProfile profile, NumericsTrace trace) {
    this.backend = backend;
    this.profile = profile;
    this.trace = trace;
    this.arithmetic = backend.arithmetic().with(profile);
    this.scratch =
        new float[backend.threads()]
            [Math.max(arithmetic.products().scratch(), arithmetic.attention().scratch())];
  }

  /** What computes. */
  public Backend backend() {
    return backend;
  }

  /** The products of linear layers of the request, for the building blocks of this module. */
  @SuppressWarnings("exports")
  public Products products() {
    return arithmetic.products();
  }

  /** The products of attention of the request, for the building blocks of this module. */
  @SuppressWarnings("exports")
  public Products attentionProducts() {
    return arithmetic.attention();
  }

  /** Memory in which one worker adds up one product, for the building blocks of this module. */
  public float[] scratch(int worker) {
    return scratch[worker];
  }

  /** All other operations of the request, for the building blocks of this module. */
  @SuppressWarnings("exports")
  public RowKernels kernels() {
    return arithmetic.rows();
  }

  /** The arithmetic of the request. */
  public NumericsProfile profile() {
    return profile;
  }

  /** The type whose values numbers may take. */
  public DType compute() {
    return profile.compute();
  }

  /**
   * Shows the observer what an element of a result is computed from, if it asks.
   *
   * @param operation that is about to begin
   * @param operands copies them for an element
   */
  public void operands(OperationId operation, Function<ResultElement, Operands> operands) {
    trace
        .wantsOperands(operation)
        .ifPresent(element -> trace.operands(operation, operands.apply(element)));
  }

  /**
   * Runs an operation whose result is a whole matrix, rounds the result and reports it.
   *
   * @param operation which, for the observer
   * @param place where it rounds
   * @param result what the kernel fills, or changes in place
   * @param kernel computes the result, rounded to the type that it is given
   * @return {@code result}
   */
  public Tensor operation(
      OperationId operation, RoundingPlace place, Tensor result, Consumer<DType> kernel) {
    kernel.accept(rounding(place));
    if (trace.wantsOperations()) {
      ended(operation, Stretches.of(result, CHUNK));
    } else if (trace.wantsExtremes()) {
      extremes(operation, place, Stretches.of(result, 0, result.columnCount()));
    }
    return result;
  }

  /**
   * The same where the result is some columns of a matrix.
   *
   * @param column the first of them
   * @param columns how many
   */
  public void operation(
      OperationId operation,
      RoundingPlace place,
      Tensor result,
      int column,
      int columns,
      Consumer<DType> kernel) {
    kernel.accept(rounding(place));
    if (trace.wantsOperations()) {
      ended(operation, Stretches.of(result, column, columns));
    } else if (trace.wantsExtremes()) {
      extremes(operation, place, Stretches.of(result, column, columns));
    }
  }

  /** What a kernel rounds to: nothing (F32) if the observer sees the result before rounding. */
  private DType rounding(RoundingPlace place) {
    boolean seen = trace.wantsOperations() || trace.wantsExtremes();
    return place == RoundingPlace.AT_END && seen ? DType.F32 : compute();
  }

  /**
   * Numbers of a result, in stretches that lie in the first cache while they are counted and
   * rounded.
   *
   * @param count how many stretches
   * @param first where the first of them starts, and each {@code stride} further the next
   * @param length of a stretch; the last ends at {@code end}
   */
  private record Stretches(
      MemorySegment x, int count, long first, long stride, long length, long end) {

    static Stretches of(Tensor whole, int chunk) {
      long elements = whole.shape().elements();
      int count = Math.toIntExact((elements + chunk - 1) / chunk);
      return new Stretches(whole.segment(), count, 0, chunk, chunk, elements);
    }

    static Stretches of(Tensor matrix, int column, int columns) {
      long elements = matrix.shape().elements();
      int rows = matrix.rowCount();
      return new Stretches(matrix.segment(), rows, column, matrix.columnCount(), columns, elements);
    }
  }

  /** Shows the observer the numbers, and what their rounding does. */
  private void ended(OperationId operation, Stretches s) {
    Optional<ExponentCounts> exponents =
        trace.wantsDistribution() ? Optional.of(exponents(s)) : Optional.empty();
    trace.operation(operation, rounded(s));
    exponents.ifPresent(counts -> trace.exponents(operation, counts));
  }

  private ExponentCounts exponents(Stretches s) {
    ExponentCounts all = new ExponentCounts();
    backend.parallel(
        s.count,
        (from, to, worker) -> {
          ExponentCounts mine = new ExponentCounts();
          for (int i = from; i < to; i++) {
            long at = s.first + i * s.stride;
            mine.add(s.x, at, Math.min(s.length, s.end - at));
          }
          synchronized (all) {
            all.add(mine);
          }
        });
    return all;
  }

  /** Rounds what was left unrounded for the observer, and counts what that does. */
  private TensorStatistics rounded(Stretches s) {
    TensorStatistics[] parts = new TensorStatistics[s.count];
    backend.parallel(
        s.count,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            long at = s.first + i * s.stride;
            long elements = Math.min(s.length, s.end - at);
            parts[i] = kernels().statistics(compute(), s.x, at, elements);
            kernels().round(compute(), s.x, at, elements);
          }
        });
    return Arrays.stream(parts).reduce(TensorStatistics.NONE, TensorStatistics::plus);
  }

  /** Shows the observer the largest magnitude of each row, and rounds what was left unrounded. */
  private void extremes(OperationId operation, RoundingPlace place, Stretches rows) {
    float[] largest = new float[rows.count];
    boolean unrounded = place == RoundingPlace.AT_END;
    int together = Math.max(1, Math.toIntExact(ALONE / rows.length));
    backend.parallel(
        (rows.count + together - 1) / together,
        (from, to, worker) -> {
          int end = Math.min(to * together, rows.count);
          for (int i = from * together; i < end; i++) {
            long at = rows.first + i * rows.stride;
            largest[i] = kernels().largest(rows.x, at, rows.length);
            if (unrounded) {
              kernels().round(compute(), rows.x, at, rows.length);
            }
          }
        });
    trace.extremes(operation, largest);
  }

  /** Whether there is an observer of stages. */
  public boolean traced() {
    return trace != NumericsTrace.NONE && trace.wantsStages();
  }

  /** The observer. */
  public NumericsTrace trace() {
    return trace;
  }

  /** Shows the observer a stage that has ended. */
  public void stage(StageId stage, Tensor value) {
    trace.stage(stage, value);
  }

  /**
   * Does other work between the layers of a pass, which would have to wait for a long one
   * otherwise. The work may run passes of its own, which nothing interrupts, and use this memory in
   * frames.
   *
   * @param pass what it may interrupt
   */
  public <T> T interrupted(Runnable work, Supplier<T> pass) {
    betweenLayers = work;
    try {
      return pass.get();
    } finally {
      betweenLayers = NOTHING;
    }
  }

  /** A layer of a pass has ended. */
  public void layerEnded() {
    Runnable work = betweenLayers;
    betweenLayers = NOTHING;
    try {
      work.run();
    } finally {
      betweenLayers = work;
    }
  }

  /** A float32 matrix with unspecified content, valid until the innermost open frame closes. */
  public Tensor matrix(int rows, int columns) {
    MemorySegment memory = take((long) rows * columns * 4);
    return new Tensor(DType.F32, Shape.of(rows, columns), memory);
  }

  /** A copy of a float32 tensor, valid until the innermost open frame closes. */
  public Tensor copy(Tensor t) {
    MemorySegment memory = take(t.segment().byteSize());
    memory.copyFrom(t.segment());
    return new Tensor(t.dtype(), t.shape(), memory);
  }

  private MemorySegment take(long bytes) {
    if (slab < slabs.size() && used > 0 && used + bytes > slabs.get(slab).bytes()) {
      slab++;
      used = 0;
    }
    if (slab == slabs.size() || bytes > slabs.get(slab).bytes()) {
      freeFrom(slab); // Or layers whose sizes alternate would keep the slabs of each.
      slabs.add(Slab.of(bytes));
    }
    MemorySegment memory = slabs.get(slab).memory.asSlice(used, bytes);
    used += Math.max(1, (bytes + LINE - 1) / LINE) * LINE;
    return memory;
  }

  /** The bytes of all slabs. */
  long bytes() {
    return slabs.stream().mapToLong(Slab::bytes).sum();
  }

  /** Frees the slabs from this one on, of which nothing is taken. */
  private void freeFrom(int first) {
    List<Slab> unused = slabs.subList(first, slabs.size());
    unused.forEach(slab -> slab.arena.close());
    unused.clear();
  }

  private record Slab(Arena arena, MemorySegment memory) {
    static Slab of(long bytes) {
      Arena arena = Arena.ofShared();
      return new Slab(arena, arena.allocate(Math.max(SLAB, bytes), LINE));
    }

    long bytes() {
      return memory.byteSize();
    }
  }

  /** Marks the stack; closing the frame gives back what was taken since. */
  public Frame frame() {
    return new Frame(slab, used);
  }

  /** A mark of the stack, closed in reverse order of opening. */
  public final class Frame implements AutoCloseable {
    private final int slabAtOpen;
    private final long usedAtOpen;

    private Frame(int slab, long used) {
      this.slabAtOpen = slab;
      this.usedAtOpen = used;
    }

    @Override
    public void close() {
      slab = slabAtOpen;
      used = usedAtOpen;
    }
  }

  @Override
  public void close() {
    freeFrom(0);
  }
}

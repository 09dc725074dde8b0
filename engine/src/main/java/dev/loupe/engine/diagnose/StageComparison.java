package dev.loupe.engine.diagnose;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the stages of the prompt's pass with those of a first run, which it keeps in the type
 * that the model computes in. Owns that memory.
 */
final class StageComparison implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<StageId, Tensor> first = new LinkedHashMap<>();
  private final DType type;
  private final int rows;

  /**
   * A comparison of all rows, without a first run.
   *
   * @param type what the numbers of all stages are rounded to
   */
  StageComparison(DType type) {
    this(type, Integer.MAX_VALUE);
  }

  /**
   * A comparison that needs less memory.
   *
   * @param rows of a stage that are compared at most, evenly spread
   */
  StageComparison(DType type, int rows) {
    this.type = type;
    this.rows = rows;
  }

  /** Keeps the stages of the first run. */
  NumericsTrace first() {
    return new Pass() {
      @Override
      void compared(StageId stage, Tensor value) {
        first.put(stage, copy(value));
      }
    };
  }

  private Tensor copy(Tensor value) {
    int columns = value.columnCount();
    int count = compared(value);
    Tensor copy = Tensor.allocate(arena, type, count, columns);
    HalfFormat format = type == DType.F32 ? null : HalfFormat.of(type);
    for (int row = 0; row < count; row++) {
      long from = place(value, row);
      long to = (long) row * columns;
      for (int i = 0; i < columns; i++) {
        float number = value.getFloat(from + i);
        if (format == null) {
          copy.segment().setAtIndex(Tensor.FLOAT, to + i, number);
        } else {
          copy.segment().setAtIndex(Tensor.HALF, to + i, format.fromFloat(number));
        }
      }
    }
    return copy;
  }

  /** How many rows of a stage are compared. */
  private int compared(Tensor value) {
    return Math.min(rows, value.rowCount());
  }

  /** Where row {@code i} of those begins. */
  private long place(Tensor value, int i) {
    return (long) i * value.rowCount() / compared(value) * value.columnCount();
  }

  /** Compares another run. */
  Other other() {
    return new Other();
  }

  /** Sees the stages of the prompt's pass, which ends with the logits. */
  private abstract static class Pass implements NumericsTrace {
    private boolean over;

    @Override
    public final void stage(StageId stage, Tensor value) {
      if (!over && stage.part() != Part.INPUT) {
        compared(stage, value);
      }
      over |= stage.equals(StageId.LOGITS);
    }

    abstract void compared(StageId stage, Tensor value);
  }

  /** Another run. */
  final class Other extends Pass {
    private final List<StageDifference> differences = new ArrayList<>();

    private Other() {}

    @Override
    void compared(StageId stage, Tensor value) {
      differences.add(difference(stage, first.get(stage), value));
    }

    /** The stages in the order of computation. */
    List<StageDifference> differences() {
      return differences;
    }
  }

  private StageDifference difference(StageId stage, Tensor first, Tensor value) {
    int columns = value.columnCount();
    long elements = (long) compared(value) * columns;
    long differing = 0;
    long finiteInOne = 0;
    long finiteInBoth = 0;
    double difference = 0;
    double largest = 0;
    for (long i = 0; i < elements; i++) {
      float a = first.getFloat(i);
      float b = value.getFloat(place(value, (int) (i / columns)) + i % columns);
      differing += Float.compare(a, b) == 0 ? 0 : 1;
      finiteInOne += Float.isFinite(a) != Float.isFinite(b) ? 1 : 0;
      if (Float.isFinite(a)) {
        largest = Math.max(largest, Math.abs(a));
        if (Float.isFinite(b)) {
          finiteInBoth++;
          difference = Math.max(difference, Math.abs((double) a - b));
        }
      }
    }
    double share = largest == 0 ? 0 : difference / largest;
    return new StageDifference(
        stage, elements, differing, finiteInOne, finiteInBoth, difference, share);
  }

  @Override
  public void close() {
    arena.close();
  }
}

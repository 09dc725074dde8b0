package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * One row of float32 numbers.
 *
 * @param segment holds the row
 * @param offset where it starts, in floats
 * @param count how many numbers
 */
public record Row(MemorySegment segment, long offset, int count) {

  /** A row of a float32 matrix. */
  public static Row of(Tensor matrix, int row) {
    int width = matrix.columnCount();
    return new Row(matrix.segment(), (long) row * width, width);
  }

  /** Number {@code i} of the row. */
  public float at(int i) {
    return FloatMemory.get(segment, offset + i);
  }

  /** Replaces number {@code i} of the row. */
  void set(int i, float value) {
    FloatMemory.set(segment, offset + i, value);
  }
}

package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Rows of float32 numbers, each at the same distance from the one before: an operand of a product.
 * How many numbers of a row count follows from the product.
 *
 * @param segment holds the rows
 * @param offset where row 0 starts, in floats
 * @param stride from one row to the next, in floats
 * @param count how many rows
 */
public record Rows(MemorySegment segment, long offset, long stride, int count) {

  /** All rows of a float32 matrix. */
  public static Rows of(Tensor matrix) {
    return new Rows(matrix.segment(), 0, matrix.columnCount(), matrix.rowCount());
  }

  /** Where a row starts, in floats. */
  public long start(int row) {
    return offset + row * stride;
  }

  /** {@code rows} rows from {@code first} on, without their first {@code column} numbers. */
  public Rows part(int first, int rows, long column) {
    return new Rows(segment, start(first) + column, stride, rows);
  }
}

package dev.loupe.tensor.numerics;

import java.util.OptionalInt;

/**
 * An element of an operation's result.
 *
 * @param head query head of scores and of their sums; empty for the others
 * @param row of the result; of scores the query, as a position or a patch
 * @param column of the row; of scores the key, likewise. It may count on over the rows that follow,
 *     so that row 0 and an index stand for any element
 */
public record ResultElement(OptionalInt head, int row, long column) {

  /** An element of which the index in the whole result is known. */
  public static ResultElement at(long index) {
    return new ResultElement(OptionalInt.empty(), 0, index);
  }

  /** The row, if rows have this many columns. */
  public int row(int columns) {
    return Math.toIntExact(row + column / columns);
  }

  /** The column, likewise. */
  public int column(int columns) {
    return (int) (column % columns);
  }
}

package dev.loupe.weights.quantised;

import dev.loupe.tensor.Tensor;

/**
 * How small unsigned integers lie in 32-bit words: 8 of 4 bits or 4 of 8 bits each, number i of a
 * word at bit {@code bits * i}.
 */
enum Packing {

  /** A word holds neighbours of a row, ascending. */
  ALONG_ROWS,

  /** A word holds neighbours of a column, ascending. */
  DOWN_COLUMNS,

  /** A word holds eight neighbours of a row, in the order 0 2 4 6 1 3 5 7 of AutoAWQ. */
  AWQ;

  /** Where column 8j + c of {@link #AWQ} lies in word j. */
  private static final int[] AWQ_PLACES = {0, 4, 1, 5, 2, 6, 3, 7};

  /** How many words hold so many numbers of a row or column. */
  static int words(int numbers, int bits) {
    return Math.ceilDiv(numbers, Integer.SIZE / bits);
  }

  /**
   * The number in one row and column of a matrix.
   *
   * @param words int32 [rows of words, columns of words]
   */
  int number(Tensor words, int bits, int row, int column) {
    int each = Integer.SIZE / bits;
    return switch (this) {
      case ALONG_ROWS -> field(words, row, column / each, bits, column % each);
      case DOWN_COLUMNS -> field(words, row / each, column, bits, row % each);
      case AWQ -> field(words, row, column / each, bits, AWQ_PLACES[column % each]);
    };
  }

  private static int field(Tensor words, int row, int column, int bits, int place) {
    long at = (long) row * words.columnCount() + column;
    return words.segment().get(Tensor.INT, at * 4) >>> bits * place & (1 << bits) - 1;
  }
}

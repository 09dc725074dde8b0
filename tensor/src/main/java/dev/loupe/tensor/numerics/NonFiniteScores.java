package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * The scores of one layer's eager attention that are NaN or infinite once they are rounded, before
 * scaling and mask. There may be as many as tokens times tokens times heads, so they are visited
 * and not listed. Valid during the call that shows them.
 */
public interface NonFiniteScores {

  /** The layer of the decoder. */
  int layer();

  /** How many there are. */
  int count();

  /** Shows them in the order of heads, queries and keys. */
  void forEach(Visitor visitor);

  /** Sees one score after the other. */
  @FunctionalInterface
  interface Visitor {

    /**
     * A score.
     *
     * @param head query head
     * @param query position of the query in the sequence
     * @param key position of the key
     * @param value NaN, or infinity of either sign
     */
    void score(int head, int query, int key, float value);
  }

  /** Where the form of a file stands: {@code attention.N.nonfinite}. */
  default StageId stage() {
    return StageId.nonFiniteScores(layer());
  }

  /**
   * The form of a file: a row of int32 for each score, which are head, query, key, and 0 for NaN, 1
   * for +infinity, -1 for -infinity.
   *
   * @return [scores, 4] in memory of the arena
   */
  default Tensor toTensor(Arena arena) {
    Tensor rows = Tensor.allocate(arena, DType.I32, count(), 4);
    long[] at = {0};
    forEach((head, query, key, value) -> {
      long row = at[0];
      rows.segment().setAtIndex(Tensor.INT, row, head);
      rows.segment().setAtIndex(Tensor.INT, row + 1, query);
      rows.segment().setAtIndex(Tensor.INT, row + 2, key);
      rows.segment().setAtIndex(Tensor.INT, row + 3, kind(value));
      at[0] = row + 4;
    });
    return rows;
  }

  private static int kind(float value) {
    return Float.isNaN(value) ? 0 : value > 0 ? 1 : -1;
  }
}

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

  /** The decoder or the vision tower. */
  Part part();

  /** The layer of the part. */
  int layer();

  /** How many there are. */
  long count();

  /** Shows them in the order of heads, queries and keys; in the tower one frame after the other. */
  void forEach(Visitor visitor);

  /** Sees them; a row of NaN at once, for there may be thousands of them. */
  @FunctionalInterface
  interface Visitor {

    /**
     * Scores of one query with neighbouring keys.
     *
     * @param head query head
     * @param query position of the query in the sequence; in the tower the row of its patch
     * @param key position of the first key, likewise
     * @param count how many keys
     * @param value of each score: NaN, or infinity of either sign
     */
    void scores(int head, int query, int key, int count, float value);
  }

  /**
   * Where the form of a file stands: {@code attention.N.nonfinite}, in the tower {@code
   * visual.attention.N.nonfinite}.
   */
  default StageId stage() {
    return StageId.nonFiniteScores(part(), layer());
  }

  /** Scores of a layer that a file holds, 256 MB; where there are more, these are the first. */
  long IN_FILE = 1 << 24;

  /**
   * The form of a file: a row of int32 for each score, {@link #IN_FILE} at most, which are head,
   * query, key, and 0 for NaN, 1 for +infinity, -1 for -infinity.
   *
   * @return [scores, 4] in memory of the arena
   */
  default Tensor toTensor(Arena arena) {
    Tensor rows = Tensor.allocate(arena, DType.I32, Math.min(count(), IN_FILE), 4);
    long end = rows.shape().elements();
    long[] at = {0};
    forEach((head, query, key, count, value) -> {
      for (int i = 0; i < count && at[0] < end; i++) {
        for (int number : new int[] {head, query, key + i, kind(value)}) {
          rows.segment().setAtIndex(Tensor.INT, at[0]++, number);
        }
      }
    });
    return rows;
  }

  private static int kind(float value) {
    return Float.isNaN(value) ? 0 : value > 0 ? 1 : -1;
  }
}

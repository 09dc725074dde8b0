package dev.loupe.tensor.nn;

import java.util.Arrays;

/**
 * Scores of some rows, by row and key. Neighbours with the same value are one entry, so that a row
 * of NaN, of which there may be as many as patches times heads, costs as much as one score.
 */
final class ScoreRuns {
  private int[] rows = new int[0];
  private int[] keys = new int[0];
  private int[] lengths = new int[0];
  private float[] values = new float[0];
  private int runs;
  private long count;

  /** Sees some neighbours with the same value. */
  @FunctionalInterface
  interface Visitor {
    void scores(int row, int key, int count, float value);
  }

  /** Adds a score that follows those before it in the order of rows and keys. */
  void add(int row, int key, float value) {
    count++;
    int last = runs - 1;
    if (last >= 0
        && rows[last] == row
        && keys[last] + lengths[last] == key
        && Float.compare(values[last], value) == 0) {
      lengths[last]++;
      return;
    }
    if (runs == values.length) {
      int room = Math.max(64, 2 * runs);
      rows = Arrays.copyOf(rows, room);
      keys = Arrays.copyOf(keys, room);
      lengths = Arrays.copyOf(lengths, room);
      values = Arrays.copyOf(values, room);
    }
    rows[runs] = row;
    keys[runs] = key;
    lengths[runs] = 1;
    values[runs++] = value;
  }

  /** How many scores there are. */
  long count() {
    return count;
  }

  /** Shows them in the order in which they were added. */
  void forEach(Visitor visitor) {
    for (int run = 0; run < runs; run++) {
      visitor.scores(rows[run], keys[run], lengths[run], values[run]);
    }
  }
}

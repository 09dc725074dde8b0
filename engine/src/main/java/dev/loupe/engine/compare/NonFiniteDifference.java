package dev.loupe.engine.compare;

import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeSet;

/**
 * Scores of one layer that are not finite in one trace alone.
 *
 * @param onlyA how many are listed by A alone
 * @param onlyB how many by B alone
 * @param first head, query, key and kind (0 NaN, 1 or -1 infinity) of the first; empty if none
 * @param firstInA whether A lists it
 */
record NonFiniteDifference(int onlyA, int onlyB, int[] first, boolean firstInA) {
  private static final int WIDTH = 4;

  /** Compares two tensors [scores, 4]. */
  static NonFiniteDifference of(Tensor a, Tensor b) {
    TreeSet<int[]> one = rows(a);
    TreeSet<int[]> other = rows(b);
    TreeSet<int[]> onlyA = new TreeSet<>(one);
    onlyA.removeAll(other);
    TreeSet<int[]> onlyB = new TreeSet<>(other);
    onlyB.removeAll(one);
    boolean inA =
        !onlyA.isEmpty() && (onlyB.isEmpty() || Arrays.compare(onlyA.first(), onlyB.first()) < 0);
    int[] first = inA ? onlyA.first() : onlyB.isEmpty() ? new int[0] : onlyB.first();
    return new NonFiniteDifference(onlyA.size(), onlyB.size(), first, inA);
  }

  private static TreeSet<int[]> rows(Tensor t) {
    long[] values = Values.integers(t);
    TreeSet<int[]> rows = new TreeSet<>((Comparator<int[]>) Arrays::compare);
    for (int i = 0; i + WIDTH <= values.length; i += WIDTH) {
      rows.add(Arrays.stream(values, i, i + WIDTH).mapToInt(x -> (int) x).toArray());
    }
    return rows;
  }

  /** Whether both list the same. */
  boolean same() {
    return first.length == 0;
  }

  /** Whether the first is an infinity. */
  boolean infinite() {
    return first[3] != 0;
  }

  @Override
  public String toString() {
    return "the score of head %d, query %d, key %d is %s in %s alone; so are %d in A and %d in B"
        .formatted(
            first[0],
            first[1],
            first[2],
            infinite() ? "infinite" : "NaN",
            firstInA ? "A" : "B",
            onlyA,
            onlyB);
  }
}

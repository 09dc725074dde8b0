package dev.loupe.engine.compare;

import dev.loupe.tensor.Tensor;
import java.util.Arrays;

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
  private static final int BITS = 20;

  /** Compares two tensors [scores, 4]. */
  static NonFiniteDifference of(Tensor a, Tensor b) {
    long[] one = scores(a);
    long[] other = scores(b);
    int[] counts = new int[2];
    int i = 0;
    int j = 0;
    long first = -1;
    boolean firstInA = false;
    while (i < one.length || j < other.length) {
      boolean inA = j == other.length || i < one.length && one[i] < other[j];
      boolean inB = !inA && (i == one.length || other[j] < one[i]);
      if (inA || inB) {
        firstInA = first < 0 ? inA : firstInA;
        first = first < 0 ? inA ? one[i] : other[j] : first;
        counts[inA ? 0 : 1]++;
      }
      i += inB ? 0 : 1;
      j += inA ? 0 : 1;
    }
    return new NonFiniteDifference(
        counts[0], counts[1], first < 0 ? new int[0] : unpacked(first), firstInA);
  }

  /** Each score in one number, in the order of heads, queries and keys. */
  private static long[] scores(Tensor t) {
    long[] values = Values.integers(t);
    long[] packed = new long[values.length / WIDTH];
    for (int i = 0; i < packed.length; i++) {
      long place = values[WIDTH * i];
      place = place << BITS | values[WIDTH * i + 1] & (1 << BITS) - 1;
      place = place << BITS | values[WIDTH * i + 2] & (1 << BITS) - 1;
      packed[i] = place << 2 | values[WIDTH * i + 3] + 1 & 3;
    }
    Arrays.sort(packed);
    return packed;
  }

  private static int[] unpacked(long packed) {
    int mask = (1 << BITS) - 1;
    return new int[] {
      (int) (packed >>> 2 * BITS + 2),
      (int) (packed >>> BITS + 2) & mask,
      (int) (packed >>> 2) & mask,
      (int) (packed & 3) - 1
    };
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

package dev.loupe.engine.sampling;

/**
 * The order in which {@code std::sort} of libstdc++ leaves equal elements, which is the order of
 * {@code torch.sort} on the CPU under Linux.
 *
 * <p>The algorithm is introsort (Musser 1997) in libstdc++'s form: quicksort with the median of the
 * second, middle and last element as pivot, Hoare's partition that stops at equal elements, down to
 * runs of {@value #RUN}; heap sort for a range that is cut more than {@code 2 log2 n} times; a
 * final pass of insertion. None of it is stable, and the choice of pivot and the stops decide where
 * ties end up, so they are kept exactly. NaN is larger than every number.
 */
final class StdSort {
  private static final int RUN = 16;

  private final float[] keys;
  private final int[] indices;

  private StdSort(float[] scores) {
    keys = scores.clone();
    indices = new int[scores.length];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = i;
    }
  }

  /** The indices of {@code scores} in the order that the sort leaves them in. */
  static int[] ascending(float[] scores) {
    var sort = new StdSort(scores);
    if (scores.length > 1) {
      sort.quicksort(0, scores.length, 2 * (31 - Integer.numberOfLeadingZeros(scores.length)));
      sort.insertionSort();
    }
    return sort.indices;
  }

  /** Leaves runs of at most {@link #RUN} elements unsorted, each in its final place as a whole. */
  private void quicksort(int from, int to, int cutsLeft) {
    int end = to;
    int cuts = cutsLeft;
    while (end - from > RUN) {
      if (cuts == 0) {
        heapSort(from, end);
        return;
      }
      cuts--;
      swap(from, median(from + 1, from + (end - from) / 2, end - 1));
      int cut = partition(from, end);
      quicksort(cut, end, cuts);
      end = cut;
    }
  }

  /** Which of three places holds the median; among equals the choice is libstdc++'s. */
  private int median(int a, int b, int c) {
    if (less(keys[a], keys[b])) {
      if (less(keys[b], keys[c])) {
        return b;
      }
      return less(keys[a], keys[c]) ? c : a;
    }
    if (less(keys[a], keys[c])) {
      return a;
    }
    return less(keys[b], keys[c]) ? c : b;
  }

  /** Divides the elements after {@code from} by the pivot, which stands at {@code from}. */
  private int partition(int from, int to) {
    float pivot = keys[from];
    int low = from + 1;
    int high = to;
    while (true) {
      while (less(keys[low], pivot)) {
        low++;
      }
      high--;
      while (less(pivot, keys[high])) {
        high--;
      }
      if (low >= high) {
        return low;
      }
      swap(low, high);
      low++;
    }
  }

  private void insertionSort() {
    for (int i = 1; i < keys.length; i++) {
      float key = keys[i];
      int index = indices[i];
      int hole = i;
      while (hole > 0 && less(key, keys[hole - 1])) {
        move(hole - 1, hole);
        hole--;
      }
      put(hole, key, index);
    }
  }

  private void heapSort(int from, int to) {
    int length = to - from;
    for (int parent = (length - 2) / 2; parent >= 0; parent--) {
      siftDown(from, parent, length, keys[from + parent], indices[from + parent]);
    }
    for (int last = length - 1; last > 0; last--) {
      float key = keys[from + last];
      int index = indices[from + last];
      move(from, from + last);
      siftDown(from, 0, last, key, index);
    }
  }

  /**
   * Fills the hole at {@code top}: larger children move up until a leaf is reached, then the given
   * element climbs back to its place (the bottom-up variant, Wegener 1993).
   */
  private void siftDown(int from, int top, int length, float key, int index) {
    int hole = top;
    while (2 * hole + 2 < length) {
      int child = 2 * hole + 2;
      if (less(keys[from + child], keys[from + child - 1])) {
        child--;
      }
      move(from + child, from + hole);
      hole = child;
    }
    if (2 * hole + 1 == length - 1) {
      move(from + 2 * hole + 1, from + hole);
      hole = 2 * hole + 1;
    }
    while (hole > top && less(keys[from + (hole - 1) / 2], key)) {
      move(from + (hole - 1) / 2, from + hole);
      hole = (hole - 1) / 2;
    }
    put(from + hole, key, index);
  }

  private static boolean less(float a, float b) {
    return a < b || b != b && a == a;
  }

  private void swap(int a, int b) {
    float key = keys[a];
    int index = indices[a];
    move(b, a);
    put(b, key, index);
  }

  private void move(int from, int to) {
    put(to, keys[from], indices[from]);
  }

  private void put(int place, float key, int index) {
    keys[place] = key;
    indices[place] = index;
  }
}

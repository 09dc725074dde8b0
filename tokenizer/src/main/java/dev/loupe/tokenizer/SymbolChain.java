package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongHeapPriorityQueue;
import java.util.Arrays;

/**
 * The merge loop of byte-pair encoding over one piece of text: a doubly linked list of symbols and
 * the pairs that may merge, best first. A piece of n bytes has at most n - 1 merges, each of which
 * makes at most two new pairs, so the loop takes O(n log n) steps. Reused from piece to piece; for
 * one thread.
 *
 * <p>The pairs of the original text are sorted once; pairs made by merges go through a heap.
 * Sorting is faster than a heap, most of all where the pairs are in order already, as in a long run
 * of one letter.
 */
final class SymbolChain {
  private static final int END = -1;

  private final MergeRanks merges;

  /** Pairs as rank * 2^32 + position of the left symbol, so that their order is the numbers'. */
  private final LongHeapPriorityQueue made = new LongHeapPriorityQueue();

  private long[] given = new long[64];
  private int givenSize;
  private int givenUsed;

  private int[] symbols = new int[64];
  private int[] previous = new int[64];
  private int[] next = new int[64];

  /** The rank of the pair that begins here; {@link MergeRanks#NONE} also for an absorbed symbol. */
  private int[] pairRanks = new int[64];

  private int size;

  SymbolChain(MergeRanks merges) {
    this.merges = merges;
  }

  void clear() {
    size = 0;
  }

  void add(int symbol) {
    if (size == symbols.length) {
      symbols = Arrays.copyOf(symbols, 2 * size);
      previous = new int[2 * size];
      next = new int[2 * size];
      pairRanks = new int[2 * size];
      given = new long[2 * size];
    }
    symbols[size++] = symbol;
  }

  /** Merges the pair of the lowest rank, the leftmost of equals, until none is left. */
  void mergeAll() {
    for (int i = 0; i < size; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < size ? i + 1 : END;
    }
    sortGivenPairs();
    while (givenUsed < givenSize || !made.isEmpty()) {
      long pair = bestPair();
      int rank = (int) (pair >>> 32);
      int left = (int) pair;
      if (pairRanks[left] == rank) { // else one of the two has merged with another since
        merge(left, rank);
      }
    }
  }

  private void sortGivenPairs() {
    givenSize = 0;
    givenUsed = 0;
    for (int i = 0; i < size; i++) {
      if (rankPairAt(i) != MergeRanks.NONE) {
        given[givenSize++] = pair(pairRanks[i], i);
      }
    }
    Arrays.sort(given, 0, givenSize);
  }

  private long bestPair() {
    boolean fromGiven =
        givenUsed < givenSize && (made.isEmpty() || given[givenUsed] < made.firstLong());
    return fromGiven ? given[givenUsed++] : made.dequeueLong();
  }

  void appendTo(IntArrayList ids) {
    for (int i = size == 0 ? END : 0; i != END; i = next[i]) {
      ids.add(symbols[i]);
    }
  }

  private void merge(int left, int rank) {
    int right = next[left];
    symbols[left] = merges.merged(rank);
    pairRanks[right] = MergeRanks.NONE;
    next[left] = next[right];
    if (next[left] != END) {
      previous[next[left]] = left;
    }
    if (previous[left] != END) {
      addPairAt(previous[left]);
    }
    addPairAt(left);
  }

  private void addPairAt(int left) {
    int rank = rankPairAt(left);
    if (rank != MergeRanks.NONE) {
      made.enqueue(pair(rank, left));
    }
  }

  private int rankPairAt(int left) {
    int right = next[left];
    pairRanks[left] = right == END ? MergeRanks.NONE : merges.rank(symbols[left], symbols[right]);
    return pairRanks[left];
  }

  private static long pair(int rank, int left) {
    return (long) rank << 32 | left;
  }
}

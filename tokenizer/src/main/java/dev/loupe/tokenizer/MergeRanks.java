package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;

/**
 * Which pairs of tokens may be merged, in which order of preference, into what. Immutable after
 * {@link Builder#build()}.
 */
final class MergeRanks {
  /** The rank of a pair that is never merged. */
  static final int NONE = -1;

  private final Long2IntOpenHashMap ranks;
  private final int[] merged;

  private MergeRanks(Long2IntOpenHashMap ranks, int[] merged) {
    this.ranks = ranks;
    this.merged = merged;
  }

  /** The rank of a pair of token ids, lower merges first; {@link #NONE} where it never merges. */
  int rank(int left, int right) {
    return ranks.get(pair(left, right));
  }

  /** The id of the token that the pair of this rank becomes. */
  int merged(int rank) {
    return merged[rank];
  }

  /** How many ranks there are. */
  int size() {
    return merged.length;
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  /** Takes merges in the order of their rank. */
  static final class Builder {
    private final Long2IntOpenHashMap ranks;
    private final int[] merged;
    private int size;

    Builder(int merges) {
      // At a load of one half, a miss (the usual answer) ends after 1.5 probes instead of 2.5.
      ranks = new Long2IntOpenHashMap(merges, 0.5f);
      ranks.defaultReturnValue(NONE);
      merged = new int[merges];
    }

    /** The next rank. A pair given twice keeps the later one, as in the tokenizers library. */
    void add(int left, int right, int result) {
      ranks.put(pair(left, right), size);
      merged[size++] = result;
    }

    MergeRanks build() {
      return new MergeRanks(ranks, merged);
    }
  }
}

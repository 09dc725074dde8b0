package dev.loupe.tensor.nn;

import java.lang.foreign.MemorySegment;

/** Sees rows of scores while they become weights. */
interface RowWatch {

  /** Looks away. */
  RowWatch NONE =
      new RowWatch() {
        @Override
        public void scores(MemorySegment s, long at, int row, int length) {}

        @Override
        public void masked(MemorySegment s, long at, int length) {}
      };

  /**
   * One row before rounding.
   *
   * @param s holds its {@code length} scores from {@code at} on
   * @param row of the queries of this pass
   */
  void scores(MemorySegment s, long at, int row, int length);

  /** The hidden scores of the same row after the mask and before their infinities are replaced. */
  void masked(MemorySegment s, long at, int length);
}

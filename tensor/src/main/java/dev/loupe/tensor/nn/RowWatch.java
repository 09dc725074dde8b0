package dev.loupe.tensor.nn;

import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.numerics.Absorption;

/** Sees rows of scores while they become weights. */
interface RowWatch {

  /** Looks away. */
  RowWatch NONE =
      new RowWatch() {
        @Override
        public void scores(Row s, int query) {}

        @Override
        public void masked(Row s) {}

        @Override
        public void weights(Row p, int query, Absorption how) {}
      };

  /**
   * One row before rounding.
   *
   * @param query which query of the sequence, counted from its first row
   */
  void scores(Row s, int query);

  /** The hidden scores of the same row after the mask and before their infinities are replaced. */
  void masked(Row s);

  /**
   * The same row at the end.
   *
   * @param how its infinities vanished, if they did; the mask comes before {@link
   *     Absorption#SOFTMAX}
   */
  void weights(Row p, int query, Absorption how);
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.Optional;

/**
 * Shows an observer the largest score of each sequence in float16's eager attention: one look at
 * each row while it lies in the first cache. Off, and nothing at all, in every other arithmetic.
 */
final class PeakWatch {

  private final ModuleId attention;
  private final Workspace w;

  /** Of each sequence; empty if the watch is off. */
  private final ScorePeak[] peaks;

  private PeakWatch(ModuleId attention, ScorePeak[] peaks, Workspace w) {
    this.attention = attention;
    this.peaks = peaks;
    this.w = w;
  }

  /** A watch that is on if the observer wants it and scores are float16. */
  static PeakWatch of(ModuleId attention, ScoreRule rule, int sequences, Workspace w) {
    boolean on = rule.scores().equals(Optional.of(DType.F16)) && w.trace().wantsPeaks();
    return new PeakWatch(attention, new ScorePeak[on ? sequences : 0], w);
  }

  /** What watches the rows of a tile, beside another watch. */
  RowWatch forTile(Tile tile, RowWatch other) {
    return peaks.length == 0 ? other : new Rows(tile, other, w.kernels());
  }

  /** The rows of one tile, in their order. One thread. */
  private final class Rows implements RowWatch {
    private final Tile tile;
    private final RowWatch other;
    private final RowKernels kernels;
    private int row;

    /** The peak that was noted last. */
    private float noted = -1;

    Rows(Tile tile, RowWatch other, RowKernels kernels) {
      this.tile = tile;
      this.other = other;
      this.kernels = kernels;
    }

    @Override
    public void scores(Row s, int query) {
      float peak = kernels.largest(s.segment(), s.offset(), s.count());
      // Not peak > noted: that would hide NaN, and what comes after it. The note ranks them.
      if (!(peak <= noted)) {
        noted = peak;
        int position = tile.sequence().firstQuery() + query;
        note(tile.sequenceNumber(), new ScorePeak(attention, tile.head(row), position, peak));
      }
      row++;
      other.scores(s, query);
    }

    @Override
    public void masked(Row s) {
      other.masked(s);
    }

    @Override
    public void weights(Row s, int query, Absorption absorbed) {
      other.weights(s, query, absorbed);
    }
  }

  /** Of equal peaks the first head and query counts, so that threads change nothing. */
  private synchronized void note(int sequence, ScorePeak peak) {
    ScorePeak known = peaks[sequence];
    if (known == null || peak.above(known) || !known.above(peak) && isBefore(peak, known)) {
      peaks[sequence] = peak;
    }
  }

  private static boolean isBefore(ScorePeak a, ScorePeak b) {
    return a.head() < b.head() || a.head() == b.head() && a.query() < b.query();
  }

  /** All rows of all heads were seen. */
  void ended() {
    for (int i = 0; i < peaks.length; i++) {
      if (peaks[i] != null) {
        w.trace().peak(i, peaks[i]);
      }
    }
  }
}

package dev.loupe.tensor.nn;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows an observer that wants extremes the largest score of each head, before rounding, scaling
 * and mask. Unlike {@link ScoreWatch} it counts nothing, so that attention takes hardly longer.
 */
final class ScoreExtremes {

  private final boolean on;
  private final ModuleId attention;
  private final List<Sequence> sequences;
  private final int heads;
  private final Workspace w;

  /** The tiles of each sequence, each once it has begun. */
  private final TilePeak[][] tiles;

  private ScoreExtremes(
      boolean on, ModuleId attention, List<Sequence> sequences, int heads, Workspace w) {
    this.on = on;
    this.attention = attention;
    this.sequences = sequences;
    this.heads = heads;
    this.w = w;
    this.tiles = new TilePeak[on ? sequences.size() : 0][];
    for (int i = 0; i < tiles.length; i++) {
      tiles[i] = new TilePeak[heads * sequences.get(i).tiles()];
    }
  }

  /**
   * A watch that is on if there is a tensor of scores and an observer that wants extremes.
   *
   * @param attention whose scores
   * @param heads how many heads the tiles of a sequence run through
   */
  static ScoreExtremes of(
      ModuleId attention, ScoreRule rule, List<Sequence> sequences, int heads, Workspace w) {
    boolean on = w.trace().wantsExtremes() && rule.scores().isPresent();
    return new ScoreExtremes(on, attention, sequences, heads, w);
  }

  boolean on() {
    return on;
  }

  /** What watches a tile, all of whose rows belong to one head. */
  RowWatch forTile(Tile tile) {
    TilePeak peak = new TilePeak(w);
    tiles[tile.sequenceNumber()][tile.number()] = peak;
    return peak;
  }

  /** The largest score of a tile. One thread. */
  private static final class TilePeak implements RowWatch {
    private final Workspace w;

    /**
     * The pattern of a magnitude, whose order is that of the magnitudes, with NaN as the largest.
     */
    private int largest = -1;

    private int query;
    private int key;
    private float value;

    TilePeak(Workspace w) {
      this.w = w;
    }

    @Override
    public void scores(Row s, int row) {
      int most = pattern(w.kernels().largest(s.segment(), s.offset(), s.count()));
      if (most > largest) {
        largest = most;
        query = row;
        key = 0;
        while (pattern(s.at(key)) != most) {
          key++;
        }
        value = s.at(key);
      }
    }

    private static int pattern(float x) {
      return Float.floatToRawIntBits(x) & Integer.MAX_VALUE;
    }

    @Override
    public void masked(Row s) {}

    @Override
    public void weights(Row p, int row, Absorption how) {}
  }

  /** All rows of all heads were seen. */
  void ended() {
    for (int i = 0; i < tiles.length; i++) {
      Sequence sequence = sequences.get(i);
      List<ExtremeScore> ofHeads = new ArrayList<>();
      for (int head = 0; head < heads; head++) {
        ofHeads.add(score(sequence, head, largest(tiles[i], head, sequence.tiles())));
      }
      w.trace().extremes(attention.step(Step.SCORES), i, ofHeads);
    }
  }

  private static TilePeak largest(TilePeak[] tiles, int head, int each) {
    TilePeak largest = tiles[head * each];
    for (int i = 1; i < each; i++) {
      TilePeak other = tiles[head * each + i];
      largest = other.largest > largest.largest ? other : largest;
    }
    return largest;
  }

  private ExtremeScore score(Sequence sequence, int head, TilePeak peak) {
    int query = sequence.firstQuery() + peak.query;
    int key = sequence.firstKey() + peak.key;
    boolean hidden = peak.key >= sequence.visible(peak.query);
    return new ExtremeScore(
        attention.part(), attention.layer().orElseThrow(), head, query, key, peak.value, hidden);
  }
}

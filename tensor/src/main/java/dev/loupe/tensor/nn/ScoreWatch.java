package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Shows an observer the scores of eager attention before scaling and mask: statistics of all, and
 * in the decoder each one that overflows or is not finite and the one nearest to that.
 *
 * <p>All threads compute scores, each whole blocks of them. A block notes what it sees, and when
 * all are done {@link #ended} shows it in the order of heads, queries and keys.
 */
final class ScoreWatch {

  /** Where none is larger, no score of a row overflows or comes near that. */
  private static final float REMARKABLE = (1 - 2 * ExtremeScore.NEAR) * ExtremeScore.THRESHOLD;

  private final boolean on;
  private final ModuleId attention;
  private final DType type;
  private final Workspace w;

  /** The blocks of each sequence, each block once it has begun. */
  private final Block[][] blocks;

  private ScoreWatch(boolean on, ModuleId attention, DType type, Block[][] blocks, Workspace w) {
    this.on = on;
    this.attention = attention;
    this.type = type;
    this.w = w;
    this.blocks = blocks;
  }

  /**
   * A watch that is on if there is a tensor of scores and an observer that wants it. Overflows are
   * those of the scores' own type, which one remedy makes float32.
   *
   * @param attention whose scores
   * @param heads how many heads the tiles of a sequence run through
   */
  static ScoreWatch of(
      ModuleId attention, ScoreRule rule, List<Sequence> sequences, int heads, Workspace w) {
    boolean wanted = attention.part() == Part.DECODER ? w.traced() : w.trace().wantsOperations();
    boolean on = wanted && rule.scores().isPresent();
    Block[][] blocks = new Block[on ? sequences.size() : 0][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new Block[heads * sequences.get(i).tiles()];
    }
    return new ScoreWatch(on, attention, rule.scores().orElse(DType.F32), blocks, w);
  }

  boolean on() {
    return on;
  }

  /** What watches a tile, all of whose rows belong to one head. */
  RowWatch forTile(Tile tile) {
    if (!on) {
      return RowWatch.NONE;
    }
    Block block = new Block(tile.head(), tile.sequence().visible(0) - 1);
    blocks[tile.sequenceNumber()][tile.number()] = block;
    return block;
  }

  /** Whether single scores are noted. */
  private boolean single() {
    return attention.part() == Part.DECODER;
  }

  private int layer() {
    return attention.layer().orElseThrow();
  }

  /** Notes what its rows hold. One thread. */
  private final class Block implements RowWatch {
    private final int head;
    private final int firstQuery;
    private TensorStatistics scores = TensorStatistics.NONE;
    private TensorStatistics masked = TensorStatistics.NONE;

    /** Row, key and value of each score that is remarkable. */
    private int[] rows = new int[0];

    private int[] keys = new int[0];
    private float[] values = new float[0];
    private int count;
    private float nearestDistance = Float.POSITIVE_INFINITY;
    private int nearestRow;
    private int nearestKey;
    private float nearestValue;

    /**
     * A block that has seen nothing.
     *
     * @param firstQuery position of the first query of the sequence
     */
    Block(int head, int firstQuery) {
      this.head = head;
      this.firstQuery = firstQuery;
    }

    @Override
    public void scores(Row s, int row) {
      TensorStatistics all = statistics(s);
      scores = scores.plus(all);
      if (!single()) {
        return;
      }
      if (!all.finite() || all.largest() >= REMARKABLE) {
        remarkable(s, row);
      } else if (distance(all.largest()) < nearestDistance) {
        nearest(s, row);
      }
    }

    private void remarkable(Row s, int row) {
      for (int key = 0; key < s.count(); key++) {
        float score = s.at(key);
        if (!(Math.abs(score) < REMARKABLE)) {
          add(row, key, score);
        }
      }
      nearest(s, row);
    }

    private void nearest(Row s, int row) {
      for (int key = 0; key < s.count(); key++) {
        float score = s.at(key);
        if (distance(score) < nearestDistance) {
          nearestDistance = distance(score);
          nearestRow = row;
          nearestKey = key;
          nearestValue = score;
        }
      }
    }

    private static float distance(float score) {
      return Math.abs(Math.abs(score) - ExtremeScore.THRESHOLD);
    }

    private void add(int row, int key, float value) {
      if (count == values.length) {
        int room = Math.max(64, 2 * count);
        rows = Arrays.copyOf(rows, room);
        keys = Arrays.copyOf(keys, room);
        values = Arrays.copyOf(values, room);
      }
      rows[count] = row;
      keys[count] = key;
      values[count++] = value;
    }

    @Override
    public void masked(Row s) {
      masked = masked.plus(statistics(s));
    }

    private TensorStatistics statistics(Row s) {
      return w.kernels().statistics(type, s.segment(), s.offset(), s.count());
    }

    private ExtremeScore score(int row, int key, float value) {
      int query = firstQuery + row;
      return new ExtremeScore(layer(), head, query, key, value, key > query);
    }

    void showExtremes() {
      for (int i = 0; i < count; i++) {
        ExtremeScore score = score(rows[i], keys[i], values[i]);
        if (score.overflows()) {
          w.trace().overflow(score);
        } else if (score.margin() >= -ExtremeScore.NEAR) {
          w.trace().near(score);
        }
      }
    }

    int nonFinite() {
      int found = 0;
      for (int i = 0; i < count; i++) {
        found += isFinite(Rounding.round(type, values[i])) ? 0 : 1;
      }
      return found;
    }

    void showNonFinite(NonFiniteScores.Visitor visitor) {
      for (int i = 0; i < count; i++) {
        float rounded = Rounding.round(type, values[i]);
        if (!isFinite(rounded)) {
          visitor.score(head, firstQuery + rows[i], keys[i], rounded);
        }
      }
    }

    private static boolean isFinite(float x) {
      return Math.abs(x) < Float.POSITIVE_INFINITY;
    }
  }

  /** The scores of some blocks that are not finite. */
  private record NonFinite(int layer, Block[] blocks) implements NonFiniteScores {

    @Override
    public int count() {
      return Arrays.stream(blocks).mapToInt(Block::nonFinite).sum();
    }

    @Override
    public void forEach(Visitor visitor) {
      for (Block block : blocks) {
        block.showNonFinite(visitor);
      }
    }
  }

  /** All rows of all heads were seen. */
  void ended() {
    for (Block[] sequence : blocks) {
      show(sequence);
    }
  }

  private void show(Block[] sequence) {
    boolean operations = w.trace().wantsOperations();
    if (operations && single()) {
      for (Block block : sequence) {
        block.showExtremes();
      }
    }
    if (single()) {
      w.trace().nonFinite(new NonFinite(layer(), sequence));
    }
    if (operations) {
      showStatistics(sequence);
      nearest(sequence).ifPresent(w.trace()::nearest);
    }
  }

  private void showStatistics(Block[] sequence) {
    TensorStatistics scores = TensorStatistics.NONE;
    TensorStatistics masked = TensorStatistics.NONE;
    for (Block block : sequence) {
      scores = scores.plus(block.scores);
      masked = masked.plus(block.masked);
    }
    w.trace().operation(attention.step(Step.SCORES), scores);
    if (masked.elements() > 0) {
      w.trace().operation(attention.step(Step.MASKED_SCORES), masked);
    }
  }

  /** Empty where all scores are NaN, and in the tower. */
  private static Optional<ExtremeScore> nearest(Block[] sequence) {
    Block best = sequence[0];
    for (Block block : sequence) {
      best = block.nearestDistance < best.nearestDistance ? block : best;
    }
    return best.nearestDistance < Float.POSITIVE_INFINITY
        ? Optional.of(best.score(best.nearestRow, best.nearestKey, best.nearestValue))
        : Optional.empty();
  }
}

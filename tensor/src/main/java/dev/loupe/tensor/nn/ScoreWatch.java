package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
  private final int firstQuery;
  private final DType compute;
  private final Workspace w;
  private final Block[] blocks;

  private ScoreWatch(
      boolean on, ModuleId attention, int firstQuery, DType compute, int blocks, Workspace w) {
    this.on = on;
    this.attention = attention;
    this.firstQuery = firstQuery;
    this.compute = compute;
    this.w = w;
    this.blocks = new Block[on ? blocks : 0];
  }

  /**
   * A watch that is on if the scores are eager and there is an observer who wants them. Overflows
   * are those of the scores' own type, which one remedy makes float32.
   *
   * @param attention whose scores
   * @param firstQuery position of the first row
   * @param blocks how many there will be
   */
  static ScoreWatch of(
      NumericsProfile profile, ModuleId attention, int firstQuery, int blocks, Workspace w) {
    boolean wanted = attention.part() == Part.DECODER ? w.traced() : w.trace().wantsOperations();
    boolean on = wanted && profile.attention() == AttentionKind.EAGER;
    boolean upcast = profile.remedy() == ScoreRemedy.UPCAST_QK;
    DType compute = upcast ? DType.F32 : profile.compute();
    return new ScoreWatch(on, attention, firstQuery, compute, blocks, w);
  }

  boolean on() {
    return on;
  }

  /** What watches block {@code number}, all of whose rows belong to one head. */
  RowWatch block(int number, int head) {
    if (!on) {
      return RowWatch.NONE;
    }
    blocks[number] = new Block(head);
    return blocks[number];
  }

  /** Whether single scores are noted. */
  private boolean single() {
    return attention.part() == Part.DECODER;
  }

  private int layer() {
    return attention.layer().orElseThrow();
  }

  private boolean isMasked(int row, int key) {
    return key > firstQuery + row;
  }

  /** Notes what its rows hold. One thread. */
  private final class Block implements RowWatch {
    private final int head;
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

    Block(int head) {
      this.head = head;
    }

    @Override
    public void scores(MemorySegment s, long at, int row, int length) {
      TensorStatistics all = w.kernels().statistics(compute, s, at, length);
      scores = scores.plus(all);
      if (!single()) {
        return;
      }
      if (!all.finite() || all.largest() >= REMARKABLE) {
        remarkable(s, at, row, length);
      } else if (distance(all.largest()) < nearestDistance) {
        nearest(s, at, row, length);
      }
    }

    private void remarkable(MemorySegment s, long at, int row, int length) {
      for (int key = 0; key < length; key++) {
        float score = s.get(Tensor.FLOAT, (at + key) * 4);
        if (!(Math.abs(score) < REMARKABLE)) {
          add(row, key, score);
        }
      }
      nearest(s, at, row, length);
    }

    private void nearest(MemorySegment s, long at, int row, int length) {
      for (int key = 0; key < length; key++) {
        float score = s.get(Tensor.FLOAT, (at + key) * 4);
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
    public void masked(MemorySegment s, long at, int length) {
      masked = masked.plus(w.kernels().statistics(compute, s, at, length));
    }

    private ExtremeScore score(int row, int key, float value) {
      return new ExtremeScore(layer(), head, firstQuery + row, key, value, isMasked(row, key));
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
        found += isFinite(Rounding.round(compute, values[i])) ? 0 : 1;
      }
      return found;
    }

    void showNonFinite(NonFiniteScores.Visitor visitor) {
      for (int i = 0; i < count; i++) {
        float rounded = Rounding.round(compute, values[i]);
        if (!isFinite(rounded)) {
          visitor.score(head, firstQuery + rows[i], keys[i], rounded);
        }
      }
    }

    private static boolean isFinite(float x) {
      return Math.abs(x) < Float.POSITIVE_INFINITY;
    }
  }

  /** The scores of all blocks that are not finite. */
  private final class NonFinite implements NonFiniteScores {

    @Override
    public int layer() {
      return ScoreWatch.this.layer();
    }

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
    if (!on) {
      return;
    }
    if (w.trace().wantsOperations()) {
      for (Block block : blocks) {
        block.showExtremes();
      }
    }
    if (single()) {
      w.trace().nonFinite(new NonFinite());
    }
    if (w.trace().wantsOperations()) {
      TensorStatistics scores = TensorStatistics.NONE;
      TensorStatistics masked = TensorStatistics.NONE;
      for (Block block : blocks) {
        scores = scores.plus(block.scores);
        masked = masked.plus(block.masked);
      }
      w.trace().operation(attention.step(Step.SCORES), scores);
      if (masked.elements() > 0) {
        w.trace().operation(attention.step(Step.MASKED_SCORES), masked);
      }
      nearest().ifPresent(w.trace()::nearest);
    }
  }

  private Optional<ExtremeScore> nearest() {
    Block best = blocks[0];
    for (Block block : blocks) {
      best = block.nearestDistance < best.nearestDistance ? block : best;
    }
    return best.nearestDistance < Float.POSITIVE_INFINITY
        ? Optional.of(best.score(best.nearestRow, best.nearestKey, best.nearestValue))
        : Optional.empty();
  }
}

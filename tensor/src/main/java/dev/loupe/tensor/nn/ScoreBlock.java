package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Notes what the rows of a tile hold: some queries of one head with all keys. One thread. */
final class ScoreBlock implements RowWatch {

  /** Where none is larger, no score of a row overflows or comes near that. */
  private static final float REMARKABLE = (1 - 2 * ExtremeScore.NEAR) * ExtremeScore.THRESHOLD;

  /** Remarkable scores that a tile of the tower keeps, whose keys may be many thousands. */
  private static final int KEPT_IN_TOWER = 64;

  private final ModuleId attention;
  private final DType type;
  private final Workspace w;
  private final int head;
  private final Sequence sequence;

  /** Rounded. */
  private final ScoreRuns nonFinite = new ScoreRuns();

  /** Before rounding. */
  private final ScoreRuns remarkable = new ScoreRuns();

  /** Rows with infinite scores and finite weights. */
  private final BitSet absorbing = new BitSet();

  private Absorption absorption = Absorption.SOFTMAX;
  private boolean infiniteRow;
  private TensorStatistics scores = TensorStatistics.NONE;
  private TensorStatistics masked = TensorStatistics.NONE;
  private final ScoreDistribution distribution;
  private float nearestDistance = Float.POSITIVE_INFINITY;
  private int nearestRow;
  private int nearestKey;
  private float nearestValue;

  /**
   * A block that has seen nothing.
   *
   * @param type what the scores are rounded to
   */
  ScoreBlock(ModuleId attention, DType type, Tile tile, Workspace w) {
    this.attention = attention;
    this.type = type;
    this.w = w;
    this.head = tile.head();
    this.sequence = tile.sequence();
    this.distribution = new ScoreDistribution(!tower());
  }

  private boolean tower() {
    return attention.part() == Part.VISION_TOWER;
  }

  @Override
  public void scores(Row s, int row) {
    TensorStatistics all = statistics(s);
    scores = scores.plus(all);
    infiniteRow = all.positiveInfinite() + all.negativeInfinite() > 0;
    if (w.trace().wantsDistribution()) {
      distribution.add(s, row);
    }
    if (!all.finite() || all.largest() >= REMARKABLE) {
      remarkable(s, row);
      nearest(s, row);
    } else if (distance(all.largest()) < nearestDistance) {
      nearest(s, row);
    }
  }

  private void remarkable(Row s, int row) {
    boolean wanted = w.trace().wantsOperations();
    for (int key = 0; key < s.count(); key++) {
      float score = s.at(key);
      if (Math.abs(score) < REMARKABLE) {
        continue;
      }
      if (wanted && !(tower() && remarkable.count() >= KEPT_IN_TOWER)) {
        remarkable.add(row, key, score);
      }
      float rounded = Rounding.round(type, score);
      if (!(Math.abs(rounded) < Float.POSITIVE_INFINITY)) {
        nonFinite.add(row, key, rounded);
      }
    }
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

  @Override
  public void masked(Row s) {
    masked = masked.plus(statistics(s));
  }

  @Override
  public void weights(Row p, int query, Absorption how) {
    absorption = how;
    if (infiniteRow && !Float.isNaN(p.at(0))) {
      absorbing.set(query);
    }
  }

  private TensorStatistics statistics(Row s) {
    return w.kernels().statistics(type, s.segment(), s.offset(), s.count());
  }

  private ExtremeScore score(int row, int key, float value) {
    int layer = attention.layer().orElseThrow();
    boolean hidden = key >= sequence.visible(row);
    return new ExtremeScore(
        attention.part(), layer, head, query(row), position(key), value, hidden);
  }

  /** Shows those that overflow or come near. */
  void showExtremes() {
    remarkable.forEach((row, key, count, value) -> {
      for (int i = 0; i < count; i++) {
        ExtremeScore score = score(row, key + i, value);
        if (score.overflows()) {
          w.trace().overflow(score);
        } else if (score.margin() >= -ExtremeScore.NEAR) {
          w.trace().near(score);
        }
      }
    });
  }

  /** Infinite scores whose rows have finite weights, in the order of rows and keys. */
  Stream<AbsorbedOverflow> absorbed() {
    Stream.Builder<AbsorbedOverflow> all = Stream.builder();
    nonFinite.forEach((row, key, count, value) -> {
      if (absorbing.get(row)) {
        int visible = Math.clamp(sequence.visible(row) - (long) key, 0, count);
        absorbed(all, row, key, visible, value, absorption);
        absorbed(all, row, key + visible, count - visible, value, absorption.ofHidden());
      }
    });
    return all.build();
  }

  private void absorbed(
      Consumer<AbsorbedOverflow> all, int row, int key, int count, float value, Absorption how) {
    if (count > 0) {
      all.accept(
          new AbsorbedOverflow(
              attention.step(Step.SCORES),
              how,
              OptionalInt.of(head),
              query(row),
              position(key),
              value,
              how == Absorption.CLAMP ? Math.copySign(ScoreRule.CLAMPED, value) : 0,
              count));
    }
  }

  /** How many are not finite once they are rounded. */
  long nonFinite() {
    return nonFinite.count();
  }

  /** Shows those. */
  void showNonFinite(NonFiniteScores.Visitor visitor) {
    nonFinite.forEach(
        (row, key, count, value) -> visitor.scores(head, query(row), position(key), count, value));
  }

  /** The head that the rows belong to. */
  int head() {
    return head;
  }

  /** The position of the first query of the sequence. */
  int firstQuery() {
    return sequence.firstQuery();
  }

  private int query(int row) {
    return sequence.firstQuery() + row;
  }

  private int position(int key) {
    return sequence.firstKey() + key;
  }

  /** Their distribution, if the observer wants them. */
  ScoreDistribution distribution() {
    return distribution;
  }

  /** Statistics of all scores. */
  TensorStatistics scores() {
    return scores;
  }

  /** Statistics of the hidden scores after the mask, where a remedy replaces their infinities. */
  TensorStatistics maskedScores() {
    return masked;
  }

  /** The score nearest to the threshold; empty where all are NaN. */
  Optional<ExtremeScore> nearest() {
    return nearestDistance < Float.POSITIVE_INFINITY
        ? Optional.of(score(nearestRow, nearestKey, nearestValue))
        : Optional.empty();
  }
}

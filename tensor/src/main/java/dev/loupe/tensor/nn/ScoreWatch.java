package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Tells an observer of the scores of eager attention in a layer of the decoder: each one that
 * overflows, the one nearest to that, statistics of all, and the stage {@code
 * attention.N.nonfinite} [m, 4] of int32: head, query, key, and 0 for NaN, 1 for +infinity, -1 for
 * -infinity, before scaling and mask.
 */
final class ScoreWatch {
  private static final int COLUMNS = 4;

  private final boolean on;
  private final int layer;
  private final int firstQuery;
  private final DType compute;
  private final Workspace w;
  private final TensorStatistics.Counter counter;
  private final TensorStatistics.Counter masked;
  private int[] nonfinite = new int[COLUMNS];
  private float nearestDistance = Float.POSITIVE_INFINITY;
  private Optional<ExtremeScore> nearest = Optional.empty();
  private int count;
  private int head;
  private int query;

  private ScoreWatch(boolean on, int layer, int firstQuery, DType compute, Workspace w) {
    this.on = on;
    this.layer = layer;
    this.firstQuery = firstQuery;
    this.compute = compute;
    this.w = w;
    this.counter = new TensorStatistics.Counter(compute);
    this.masked = new TensorStatistics.Counter(compute);
  }

  /**
   * A watch that is on if there is an observer and the layer's scores are eager. Overflows are
   * those of the scores' own type, which one remedy makes float32.
   *
   * @param layer of the decoder; negative for the tower, which is not watched
   * @param firstQuery position of the first row
   */
  static ScoreWatch of(NumericsProfile profile, int layer, int firstQuery, Workspace w) {
    boolean on = w.traced() && layer >= 0 && profile.attention() == AttentionKind.EAGER;
    boolean upcast = profile.remedy() == ScoreRemedy.UPCAST_QK;
    return new ScoreWatch(on, layer, firstQuery, upcast ? DType.F32 : profile.compute(), w);
  }

  boolean on() {
    return on;
  }

  /** The next scores belong to this head and row. */
  void row(int head, int row) {
    this.head = head;
    this.query = row;
  }

  /** One row before rounding; keys from {@code visible} on are masked. */
  void scores(MemorySegment s, long at, int visible, int keys) {
    if (!on) {
      return;
    }
    for (int key = 0; key < keys; key++) {
      float score = s.get(Tensor.FLOAT, (at + key) * 4);
      float rounded = Rounding.round(compute, score);
      if (w.trace().wantsOperations()) {
        counter.add(score);
        report(new ExtremeScore(layer, head, firstQuery + query, key, score, key >= visible));
      }
      if (!(Math.abs(rounded) < Float.POSITIVE_INFINITY)) {
        add(key, Float.isNaN(rounded) ? 0 : rounded > 0 ? 1 : -1);
      }
    }
  }

  private void report(ExtremeScore score) {
    if (score.overflows()) {
      w.trace().overflow(score);
    } else if (score.margin() >= -ExtremeScore.NEAR) {
      w.trace().near(score);
    }
    float distance = Math.abs(Math.abs(score.value()) - ExtremeScore.THRESHOLD);
    if (distance < nearestDistance) {
      nearestDistance = distance;
      nearest = Optional.of(score);
    }
  }

  /** The same row after the mask and before its infinities are replaced. */
  void masked(MemorySegment s, long at, int visible, int keys) {
    if (on && w.trace().wantsOperations()) {
      for (int key = visible; key < keys; key++) {
        masked.add(s.get(Tensor.FLOAT, (at + key) * 4));
      }
    }
  }

  private void add(int key, int kind) {
    if (count == nonfinite.length) {
      nonfinite = Arrays.copyOf(nonfinite, 2 * count);
    }
    nonfinite[count++] = head;
    nonfinite[count++] = query;
    nonfinite[count++] = key;
    nonfinite[count++] = kind;
  }

  /** All rows of all heads were seen. */
  void ended() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Math.max(1, count * 4L), 4).asSlice(0, count * 4L);
      MemorySegment.copy(nonfinite, 0, memory, Tensor.INT, 0, count);
      Shape shape = Shape.of(count / COLUMNS, COLUMNS);
      w.stage("attention." + layer + ".nonfinite", new Tensor(DType.I32, shape, memory));
    }
    if (w.trace().wantsOperations()) {
      String attention = "model.layers." + layer + ".self_attn.";
      w.trace().operation(attention + "scores", counter.statistics());
      if (masked.statistics().elements() > 0) {
        w.trace().operation(attention + "masked_scores", masked.statistics());
      }
      nearest.ifPresent(w.trace()::nearest);
    }
  }
}

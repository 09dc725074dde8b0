package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeaks;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreWatchTest {
  private static final ModuleId SELF_ATTN =
      ModuleId.of(Part.DECODER, "model.layers").layer(3).child("self_attn");

  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final int HEAD_DIM = 16;
  private static final int ROWS = 61;

  /** Writes down what it is shown, in that order. */
  private static final class Notes implements NumericsTrace {
    private final List<String> lines = new ArrayList<>();
    private final List<ExtremeScore> overflows = new ArrayList<>();
    private final List<ExtremeScore> near = new ArrayList<>();
    private final List<AbsorbedOverflow> absorbed = new ArrayList<>();
    private ExtremeScore nearest;
    private TensorStatistics scores;
    private long nonFinite;
    private StageId stage;
    private ScorePeaks peaks;
    private ExponentCounts exponents;
    private final List<List<Integer>> nonFiniteScores = new ArrayList<>();

    @Override
    public boolean wantsOperations() {
      return true;
    }

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public void nonFinite(NonFiniteScores scores) {
      nonFinite = scores.count();
      stage = scores.stage();
      scores.forEach((head, query, key, count, value) -> {
        for (int i = 0; i < count; i++) {
          nonFiniteScores.add(
              List.of(head, query, key + i, Float.isNaN(value) ? 0 : value > 0 ? 1 : -1));
        }
      });
      lines.add(scores.stage() + " " + nonFiniteScores);
    }

    @Override
    public void operation(OperationId operation, TensorStatistics statistics) {
      if (operation.step() == Step.SCORES) {
        scores = statistics;
      }
      lines.add(operation + " " + statistics);
    }

    @Override
    public void overflow(ExtremeScore score) {
      overflows.add(score);
      lines.add("overflow " + score);
    }

    @Override
    public void absorbed(AbsorbedOverflow overflow) {
      absorbed.add(overflow);
      lines.add("absorbed " + overflow);
    }

    @Override
    public void near(ExtremeScore score) {
      near.add(score);
      lines.add("near " + score);
    }

    @Override
    public boolean wantsDistribution() {
      return true;
    }

    @Override
    public void exponents(OperationId operation, ExponentCounts counts) {
      if (operation.step() == Step.SCORES) {
        exponents = counts;
      }
    }

    @Override
    public void peaks(ScorePeaks of) {
      peaks = of;
    }

    @Override
    public void nearest(ExtremeScore score) {
      nearest = score;
      lines.add("nearest " + score);
    }
  }

  /** Numbers whose products of 16 reach float16's end now and then: a deviation of 4 * 90 * 90. */
  private static Tensor matrix(Arena arena, Random random, int rows, int columns, float spread) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(random.nextGaussian() * spread);
    }
    return Tensor.ofFloats(arena, values, rows, columns);
  }

  private record Case(Tensor q, Tensor k) {
    static Case of(Arena arena, float spread) {
      Random random = new Random(5);
      return new Case(
          matrix(arena, random, ROWS, HEADS * HEAD_DIM, spread),
          matrix(arena, random, ROWS, KEY_HEADS * HEAD_DIM, spread));
    }

    /** The product of a query and a key; exact, for the numbers are small integers. */
    float score(int head, int query, int key) {
      float sum = 0;
      for (int i = 0; i < HEAD_DIM; i++) {
        sum +=
            q.getFloat((long) query * HEADS * HEAD_DIM + head * HEAD_DIM + i)
                * k.getFloat(
                    (long) key * KEY_HEADS * HEAD_DIM + head / (HEADS / KEY_HEADS) * HEAD_DIM + i);
      }
      return sum;
    }
  }

  @Test
  void theDistributionIsThatOfAPlainLoop() {
    try (Arena arena = Arena.ofShared()) {
      Case c = Case.of(arena, 90);
      ExponentCounts exponents = new ExponentCounts();
      float[] heads = new float[HEADS];
      float[] queries = new float[ROWS];
      float[] keys = new float[ROWS];
      for (int head = 0; head < HEADS; head++) {
        for (int query = 0; query < ROWS; query++) {
          for (int key = 0; key < ROWS; key++) {
            float magnitude = Math.abs(c.score(head, query, key));
            exponents.add(magnitude);
            heads[head] = Math.max(heads[head], magnitude);
            queries[query] = Math.max(queries[query], magnitude);
            keys[key] = Math.max(keys[key], magnitude);
          }
        }
      }

      Notes notes = watched(c, 2);
      ScorePeaks peaks = notes.peaks;

      for (int e = ExponentCounts.LEAST; e <= ExponentCounts.LARGEST; e++) {
        assertThat(notes.exponents.count(e)).isEqualTo(exponents.count(e));
      }
      assertThat(notes.exponents.zeros()).isEqualTo(exponents.zeros());
      assertThat(peaks.part()).isEqualTo(Part.DECODER);
      assertThat(peaks.layer()).isEqualTo(3);
      assertThat(peaks.firstQuery()).isZero();
      assertThat(peaks.heads()).containsExactly(heads);
      assertThat(peaks.queries()).containsExactly(queries);
      assertThat(peaks.keys()).containsExactly(keys);
    }
  }

  @Test
  void inTheLargestScoresNanCountsForNothing() {
    try (Arena arena = Arena.ofConfined()) {
      Case c = Case.of(arena, 3);
      float whole = watched(c, 1).peaks.heads()[0];
      for (int i = 0; i < HEADS * HEAD_DIM; i++) {
        c.q().segment().setAtIndex(Tensor.FLOAT, 7L * HEADS * HEAD_DIM + i, Float.NaN);
      }

      ScorePeaks peaks = watched(c, 1).peaks;

      assertThat(peaks.queries()[7]).isEqualTo(ScorePeaks.NONE);
      assertThat(peaks.heads()[0]).isPositive().isLessThanOrEqualTo(whole);
      assertThat(peaks.keys()).doesNotContain(ScorePeaks.NONE, Float.NaN);
    }
  }

  private static Notes watched(Case c, int threads) {
    return watched(SELF_ATTN, c, threads);
  }

  private static Notes watched(ModuleId attention, Case c, int threads) {
    Notes notes = new Notes();
    try (Backend backend = Backend.open(threads);
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT16_EAGER, notes);
        KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
      kv.append(c.k(), c.k());
      new Attention(attention, HEADS, HEAD_DIM).causal(c.q(), kv, w);
    }
    return notes;
  }

  @Test
  void aPlainLoopFindsTheSameScoresInTheSameOrder() {
    try (Arena arena = Arena.ofShared()) {
      Case c = Case.of(arena, 90);
      List<ExtremeScore> overflows = new ArrayList<>();
      List<ExtremeScore> near = new ArrayList<>();
      ExtremeScore nearest = null;
      TensorStatistics.Counter counter = new TensorStatistics.Counter(DType.F16);
      for (int head = 0; head < HEADS; head++) {
        for (int query = 0; query < ROWS; query++) {
          for (int key = 0; key < ROWS; key++) {
            float value = c.score(head, query, key);
            ExtremeScore score =
                new ExtremeScore(Part.DECODER, 3, head, query, key, value, key > query);
            counter.add(value);
            if (score.overflows()) {
              overflows.add(score);
            } else if (score.margin() >= -ExtremeScore.NEAR) {
              near.add(score);
            }
            if (nearest == null || Math.abs(score.distance()) < Math.abs(nearest.distance())) {
              nearest = score;
            }
          }
        }
      }
      Notes notes = watched(c, 2);
      assertThat(overflows).hasSizeGreaterThan(10);
      assertThat(near).isNotEmpty();
      assertThat(notes.overflows).isEqualTo(overflows);
      assertThat(notes.near).isEqualTo(near);
      assertThat(notes.nearest).isEqualTo(nearest);
      assertThat(notes.scores).isEqualTo(counter.statistics());
      assertThat(notes.nonFinite).isEqualTo(overflows.size());
    }
  }

  /** A row with +infinity is NaN; in the others -infinity becomes a weight of 0. */
  @Test
  void aPlainLoopFindsTheSameAbsorbedScores() {
    try (Arena arena = Arena.ofShared()) {
      Case c = Case.of(arena, 90);
      Map<Absorption, AbsorbedOverflow> expected = new EnumMap<>(Absorption.class);
      for (int head = 0; head < HEADS; head++) {
        for (int query = 0; query < ROWS; query++) {
          List<AbsorbedOverflow> row = new ArrayList<>();
          boolean nan = false;
          for (int key = 0; key < ROWS; key++) {
            float score = c.score(head, query, key);
            nan |= score >= ExtremeScore.THRESHOLD;
            if (score <= -ExtremeScore.THRESHOLD) {
              row.add(
                  new AbsorbedOverflow(
                      SELF_ATTN.step(Step.SCORES),
                      key > query ? Absorption.MASK : Absorption.SOFTMAX,
                      OptionalInt.of(head),
                      query,
                      key,
                      Float.NEGATIVE_INFINITY,
                      0,
                      1));
            }
          }
          if (!nan) {
            row.forEach(o -> expected.merge(o.how(), o, AbsorbedOverflow::plus));
          }
        }
      }
      assertThat(expected).hasSize(2);
      assertThat(watched(c, 2).absorbed).containsExactlyElementsOf(expected.values());
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 3, 90, 400})
  void theNumberOfThreadsChangesNothingOfWhatIsTold(float spread) {
    try (Arena arena = Arena.ofShared()) {
      Case c = Case.of(arena, spread);
      List<String> alone = watched(c, 1).lines;
      assertThat(alone).isNotEmpty();
      assertThat(watched(c, 2).lines).isEqualTo(alone);
      assertThat(watched(c, 5).lines).isEqualTo(alone);
    }
  }

  /** Queries, keys and values side by side, in two frames. */
  private static Notes tower(Tensor qkv, List<Integer> frames, int threads) {
    Notes notes = new Notes();
    ModuleId attn = ModuleId.of(Part.VISION_TOWER, "visual.blocks").layer(3).child("attn");
    try (Backend backend = Backend.open(threads);
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT16_EAGER, notes)) {
      new Attention(attn, HEADS, HEAD_DIM).full(qkv, frames, w);
    }
    return notes;
  }

  private static float towerScore(Tensor qkv, int head, int query, int key) {
    int width = HEADS * HEAD_DIM;
    float sum = 0;
    for (int i = head * HEAD_DIM; i < (head + 1) * HEAD_DIM; i++) {
      sum += qkv.getFloat(query * 3L * width + i) * qkv.getFloat(key * 3L * width + width + i);
    }
    return sum;
  }

  @Test
  void ofTheTowerAPlainLoopFindsTheSameScoresFrameAfterFrame() {
    try (Arena arena = Arena.ofShared()) {
      Tensor qkv = matrix(arena, new Random(6), ROWS, 3 * HEADS * HEAD_DIM, 90);
      // A patch of the second frame whose query is NaN.
      qkv.segment().setAtIndex(Tensor.FLOAT, 50L * 3 * HEADS * HEAD_DIM, Float.NaN);
      List<List<Integer>> expected = new ArrayList<>();
      for (int[] frame : new int[][] {{0, 40}, {40, ROWS}}) {
        for (int head = 0; head < HEADS; head++) {
          for (int query = frame[0]; query < frame[1]; query++) {
            for (int key = frame[0]; key < frame[1]; key++) {
              float score = towerScore(qkv, head, query, key);
              if (!(Math.abs(score) < 65520)) {
                expected.add(
                    List.of(head, query, key, Float.isNaN(score) ? 0 : score > 0 ? 1 : -1));
              }
            }
          }
        }
      }
      Notes notes = tower(qkv, List.of(40, ROWS - 40), 2);
      assertThat(expected).anyMatch(s -> s.get(3) == 0).anyMatch(s -> s.get(3) == -1);
      assertThat(notes.stage).hasToString("visual.attention.3.nonfinite");
      assertThat(notes.nonFiniteScores).isEqualTo(expected);
      assertThat(notes.nonFinite).isEqualTo(expected.size());
      assertThat(notes.overflows).isNotEmpty().allMatch(s -> !s.masked());
      assertThat(tower(qkv, List.of(40, ROWS - 40), 5).lines).isEqualTo(notes.lines);
    }
  }

  @Test
  void aRowOfNanIsOneEntryOfItsList() {
    ScoreRuns runs = new ScoreRuns();
    for (int key = 0; key < 1000; key++) {
      runs.add(7, key, Float.NaN);
    }
    runs.add(8, 3, Float.NaN);
    runs.add(8, 4, Float.POSITIVE_INFINITY);
    runs.add(8, 6, Float.POSITIVE_INFINITY);
    List<String> entries = new ArrayList<>();
    runs.forEach(
        (row, key, count, value) -> entries.add("%d %d %d %s".formatted(row, key, count, value)));
    assertThat(entries)
        .containsExactly("7 0 1000 NaN", "8 3 1 NaN", "8 4 1 Infinity", "8 6 1 Infinity");
    assertThat(runs.count()).isEqualTo(1003);
  }
}

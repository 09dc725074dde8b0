package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class ScoreExtremesTest {
  private static final ModuleId SELF_ATTN =
      ModuleId.of(Part.DECODER, "model.layers").layer(3).child("self_attn");
  private static final ModuleId ATTN =
      ModuleId.of(Part.VISION_TOWER, "visual.blocks").layer(2).child("attn");

  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final int HEAD_DIM = 16;
  private static final int ROWS = 61;

  /** Keeps the largest scores of each sequence. */
  private static final class Notes implements NumericsTrace {
    private final List<List<ExtremeScore>> scores = new ArrayList<>();
    private final List<Integer> sequences = new ArrayList<>();

    @Override
    public boolean wantsExtremes() {
      return true;
    }

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public void extremes(OperationId operation, int sequence, List<ExtremeScore> ofHeads) {
      assertThat(operation.step()).isEqualTo(Step.SCORES);
      sequences.add(sequence);
      scores.add(ofHeads);
    }
  }

  private static Tensor matrix(Arena arena, long seed, int rows, int columns) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(random.nextGaussian() * 90);
    }
    return Tensor.ofFloats(arena, values, rows, columns);
  }

  /** What an attention is asked to do. */
  private interface Use {
    Tensor of(Arena arena, Workspace w);
  }

  private static Notes watched(NumericsProfile profile, int threads, Use use) {
    Notes notes = new Notes();
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(threads);
        Workspace w = new Workspace(backend, profile, notes);
        Workspace plain = new Workspace(backend, profile, NumericsTrace.NONE)) {
      assertThat(use.of(arena, w).toFloats()).containsExactly(use.of(arena, plain).toFloats());
    }
    return notes;
  }

  /** The largest product of a query and a key among some rows; exact, for they are integers. */
  private static ExtremeScore largest(
      ModuleId module, int head, int from, int to, BiFunction<Integer, Integer, Float> score) {
    ExtremeScore largest = null;
    for (int query = from; query < to; query++) {
      for (int key = from; key < to; key++) {
        float value = score.apply(query, key);
        if (largest == null || Math.abs(value) > Math.abs(largest.value())) {
          boolean masked = module.part() == Part.DECODER && key > query;
          int layer = module.layer().orElseThrow();
          largest = new ExtremeScore(module.part(), layer, head, query, key, value, masked);
        }
      }
    }
    return largest;
  }

  private static float product(Tensor q, int query, Tensor k, int key, int stride, int at, int to) {
    float sum = 0;
    for (int i = 0; i < HEAD_DIM; i++) {
      sum +=
          q.getFloat((long) query * q.columnCount() + at + i)
              * k.getFloat((long) key * stride + to + i);
    }
    return sum;
  }

  private static Tensor causal(Arena arena, Workspace w) {
    Tensor q = matrix(arena, 5, ROWS, HEADS * HEAD_DIM);
    Tensor k = matrix(arena, 6, ROWS, KEY_HEADS * HEAD_DIM);
    try (KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
      kv.append(k, k);
      return new Attention(SELF_ATTN, HEADS, HEAD_DIM).causal(q, kv, w);
    }
  }

  @Test
  void aPlainLoopFindsTheSameScoreOfEachHead() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor q = matrix(arena, 5, ROWS, HEADS * HEAD_DIM);
      Tensor k = matrix(arena, 6, ROWS, KEY_HEADS * HEAD_DIM);
      List<ExtremeScore> expected = new ArrayList<>();
      for (int head = 0; head < HEADS; head++) {
        int at = head * HEAD_DIM;
        int to = head / (HEADS / KEY_HEADS) * HEAD_DIM;
        expected.add(
            largest(
                SELF_ATTN,
                head,
                0,
                ROWS,
                (query, key) -> product(q, query, k, key, KEY_HEADS * HEAD_DIM, at, to)));
      }
      for (int threads = 1; threads < 4; threads++) {
        Notes notes = watched(NumericsProfile.FLOAT16_EAGER, threads, ScoreExtremesTest::causal);
        assertThat(notes.scores).containsExactly(expected);
      }
    }
  }

  @Test
  void ofTheTowerEachFrameIsToldByItself() {
    int width = HEADS * HEAD_DIM;
    Notes notes =
        watched(
            NumericsProfile.FLOAT16_EAGER,
            2,
            (arena, w) ->
                new Attention(ATTN, HEADS, HEAD_DIM)
                    .full(matrix(arena, 7, ROWS, 3 * width), List.of(40, ROWS - 40), w));
    try (Arena arena = Arena.ofConfined()) {
      Tensor qkv = matrix(arena, 7, ROWS, 3 * width);
      for (int head = 0; head < HEADS; head++) {
        int at = head * HEAD_DIM;
        BiFunction<Integer, Integer, Float> score =
            (query, key) -> product(qkv, query, qkv, key, 3 * width, at, width + at);
        assertThat(notes.scores.get(0).get(head)).isEqualTo(largest(ATTN, head, 0, 40, score));
        assertThat(notes.scores.get(1).get(head)).isEqualTo(largest(ATTN, head, 40, ROWS, score));
      }
    }
    assertThat(notes.scores).hasSize(2);
  }

  @Test
  void sequencesSideBySideAreToldOneByOne() {
    Notes notes =
        watched(
            NumericsProfile.FLOAT16_EAGER,
            2,
            (arena, w) -> {
              Tensor q = matrix(arena, 8, 2, HEADS * HEAD_DIM);
              try (KeyValues one = KeyValues.growing(KEY_HEADS, HEAD_DIM);
                  KeyValues other = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
                for (KeyValues kv : List.of(one, other)) {
                  Tensor k = matrix(arena, 9, kv == one ? 30 : 7, KEY_HEADS * HEAD_DIM);
                  kv.append(k, k);
                }
                return new Attention(SELF_ATTN, HEADS, HEAD_DIM).causal(q, List.of(one, other), w);
              }
            });

    assertThat(notes.sequences).containsExactly(0, 1);
    assertThat(notes.scores.get(0)).allMatch(score -> score.query() == 29 && !score.masked());
    assertThat(notes.scores.get(1)).allMatch(score -> score.query() == 6 && score.key() < 7);
  }

  @Test
  void whatIsNotANumberIsTheLargest() {
    Notes notes =
        watched(
            NumericsProfile.FLOAT16_EAGER,
            2,
            (arena, w) -> {
              Tensor q = matrix(arena, 5, ROWS, HEADS * HEAD_DIM);
              q.segment().setAtIndex(Tensor.FLOAT, 7L * HEADS * HEAD_DIM, Float.NaN);
              Tensor k = matrix(arena, 6, ROWS, KEY_HEADS * HEAD_DIM);
              try (KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
                kv.append(k, k);
                return new Attention(SELF_ATTN, HEADS, HEAD_DIM).causal(q, kv, w);
              }
            });

    assertThat(notes.scores.getFirst().getFirst().value()).isNaN();
    assertThat(notes.scores.getFirst().getFirst().query()).isEqualTo(7);
    assertThat(notes.scores.getFirst().get(1).value()).isFinite();
  }

  @Test
  void scoresThatStayFloat32AreNotTold() {
    NumericsProfile sdpa = NumericsProfile.of(DType.F16, AttentionKind.SDPA);

    assertThat(watched(sdpa, 2, ScoreExtremesTest::causal).scores).isEmpty();
  }
}

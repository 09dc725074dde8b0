package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.ScoreScaling;
import dev.loupe.tensor.numerics.TraceRecorder;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an infinity does to float16 attention with eager rounding, on one head of 128 elements of
 * which only the first is used, so that a score is the product of two numbers.
 */
class FailureLemmasTest {
  private static final ModuleId SELF_ATTN =
      ModuleId.of(Part.DECODER, "model.layers").layer(0).child("self_attn");

  private static final int WIDTH = 128;
  private static final Backend BACKEND = Backend.open(1);

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  /** Rows whose first element is given, the rest 0. */
  private static Tensor rows(Arena arena, float... first) {
    float[] values = new float[first.length * WIDTH];
    for (int i = 0; i < first.length; i++) {
      values[i * WIDTH] = first[i];
    }
    return Tensor.ofFloats(arena, values, first.length, WIDTH);
  }

  /** The first element of each row of causal attention. */
  private static float[] attend(ScoreRemedy remedy, float[] q, float[] k, float[] v) {
    NumericsProfile profile = NumericsProfile.FLOAT16_EAGER.with(remedy);
    try (Arena arena = Arena.ofConfined();
        Workspace w = new Workspace(BACKEND, profile, NumericsTrace.NONE)) {
      return firsts(attention(arena, q, k, v, w));
    }
  }

  private static float[] attend(float[] q, float[] k, float[] v) {
    return attend(ScoreRemedy.NONE, q, k, v);
  }

  private static Tensor attention(Arena arena, float[] q, float[] k, float[] v, Workspace w) {
    try (KeyValues kv = KeyValues.growing(1, WIDTH)) {
      kv.append(rows(arena, k), rows(arena, v));
      return new Attention(SELF_ATTN, 1, WIDTH).causal(rows(arena, q), kv, w);
    }
  }

  private static float[] firsts(Tensor t) {
    float[] firsts = new float[t.rowCount()];
    for (int row = 0; row < firsts.length; row++) {
      firsts[row] = t.getFloat((long) row * t.columnCount());
    }
    return firsts;
  }

  private static int nonfinite(float q, float k) {
    try (Arena arena = Arena.ofConfined();
        TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(BACKEND, NumericsProfile.FLOAT16_EAGER, trace)) {
      attention(arena, f(q), f(k), f(1), w);
      return trace.stages().get("attention.0.nonfinite").rowCount();
    }
  }

  @Test
  void aScoreIsInfiniteFrom65520OnBeforeItIsScaled() {
    assertThat(nonfinite(65519.99f, 1)).isZero();
    assertThat(nonfinite(65520, 1)).isEqualTo(1);
    assertThat(nonfinite(-65519.99f, 1)).isZero();
    assertThat(nonfinite(-65520, 1)).isEqualTo(1);
    // Scaled first, 130,944 becomes 11,574, far inside the range.
    assertThat(attend(f(65472), f(2), f(3))).containsExactly(Float.NaN);
    assertThat(attend(ScoreRemedy.SCALE_FIRST, f(65472), f(2), f(3))).containsExactly(3f);
  }

  @Test
  void aMinusInfinityHasWeightZeroUnlessTheWholeRowIs() {
    assertThat(attend(f(0, 300), f(-300, 1), f(5, 7))[1]).isEqualTo(7f);
    assertThat(attend(f(300), f(-300), f(5))[0]).isNaN();
  }

  @Test
  void onePlusInfinityMakesTheWholeRowNan() {
    float[] out = attend(f(0, 300), f(300, 1), f(5, 7));
    assertThat(out[0]).isEqualTo(5f);
    assertThat(out[1]).isNaN();
  }

  @Test
  void aMaskedFutureInfinityStillPoisonsTheRow() {
    float[] out = attend(f(300, 1), f(1, 300), f(5, 7));
    assertThat(out[0]).as("its only infinite key lies in the future").isNaN();
    assertThat(out[1]).isNotNaN();
  }

  @Test
  void aMaskedFutureMinusInfinityDoesNoHarm() {
    assertThat(attend(f(300, 1), f(1, -300), f(5, 7))[0]).isEqualTo(5f);
  }

  @Test
  void aNanKeySpoilsEveryRowThatMasksIt() {
    assertThat(attend(f(1, 1, 1), f(1, Float.NaN, 1), f(5, 6, 7))).containsOnly(Float.NaN);
  }

  @Test
  void aNanValueOfWeightZeroSpoilsTheRowToo() {
    assertThat(attend(f(1, 1, 1), f(1, 1, 1), f(5, 6, Float.NaN))).containsOnly(Float.NaN);
  }

  @Test
  void float32LooksAtNoMaskedKey() {
    try (Arena arena = Arena.ofConfined();
        Workspace w = new Workspace(BACKEND, NumericsProfile.FLOAT32, NumericsTrace.NONE)) {
      Tensor out = attention(arena, f(1, 1), f(1, Float.NaN), f(5, Float.NaN), w);
      assertThat(firsts(out)[0]).isEqualTo(5f);
    }
  }

  @Test
  void rmsNormTurnsOneInfinityIntoOneNanAndZeros() {
    assertThat(normed(1, Float.POSITIVE_INFINITY, 2, 3)).containsExactly(0f, Float.NaN, 0f, 0f);
    assertThat(normed(1, Float.NaN, 2, 3)).containsOnly(Float.NaN);
  }

  private static float[] normed(float... row) {
    float[] ones = new float[row.length];
    Arrays.fill(ones, 1);
    try (Arena arena = Arena.ofConfined();
        Workspace w = new Workspace(BACKEND, NumericsProfile.FLOAT16_EAGER, NumericsTrace.NONE)) {
      Tensor weight = Tensor.ofFloats(arena, ones, row.length);
      return new RmsNorm(SELF_ATTN.output(), weight, 1e-6f)
          .forward(Tensor.ofFloats(arena, row, 1, row.length), w)
          .toFloats();
    }
  }

  /**
   * The masked score is q k / sqrt(128), rounded; -16 plus the mask's -65504 is the tie that rounds
   * to -infinity, and the remedy makes that 0: a future key with the weight of an ordinary one.
   */
  @ParameterizedTest
  @ValueSource(floats = {-16, -17, -100})
  void infToZeroLetsTheFutureChangeThePastFromAMaskedScoreOfMinusSixteenOn(float masked) {
    assertThat(pastRow(ScoreRemedy.INF_TO_ZERO, masked, 7))
        .isNotEqualTo(pastRow(ScoreRemedy.INF_TO_ZERO, masked, 9));
    assertThat(pastRow(ScoreRemedy.NONE, masked, 7))
        .isEqualTo(pastRow(ScoreRemedy.NONE, masked, 9));
  }

  @ParameterizedTest
  @ValueSource(floats = {-15.99f, -15, 0, 40})
  void infToZeroKeepsTheFutureHiddenAboveMinusSixteen(float masked) {
    assertThat(pastRow(ScoreRemedy.INF_TO_ZERO, masked, 7))
        .isEqualTo(pastRow(ScoreRemedy.INF_TO_ZERO, masked, 9));
  }

  /** Row 0, whose masked future key has this score and value; its own key has score 0. */
  private static float pastRow(ScoreRemedy remedy, float maskedScore, float futureValue) {
    float key = (float) (maskedScore * Math.sqrt(WIDTH));
    return attend(remedy, f(1, 0), f(0, key), f(5, futureValue))[0];
  }

  @Test
  void clampTiesAllScoresThatOverflow() {
    float[] out = attend(ScoreRemedy.CLAMP, f(0, 0, 300), f(300, 400, 1), f(5, 7, 100));
    assertThat(out[2]).as("300 x 300 and 300 x 400 weigh the same").isEqualTo(6f);
  }

  @Test
  void dividingTheScoresComesAfterTheirRoundingToo() {
    NumericsProfile divided = NumericsProfile.FLOAT16_EAGER.with(ScoreScaling.DIVISION);
    try (Arena arena = Arena.ofConfined();
        Workspace w = new Workspace(BACKEND, divided, NumericsTrace.NONE)) {
      assertThat(firsts(attention(arena, f(0, 300), f(300, 1), f(5, 7), w))[1]).isNaN();
      assertThat(firsts(attention(arena, f(0, 1), f(0, 16), f(0, 1), w))[1])
          .isEqualTo(attend(f(0, 1), f(0, 16), f(0, 1))[1]);
    }
  }

  @Test
  void upcastQkKeepsTheirOrder() {
    float[] out = attend(ScoreRemedy.UPCAST_QK, f(0, 0, 300), f(300, 400, 1), f(5, 7, 100));
    assertThat(out[2]).isEqualTo(7f);
  }

  private static float[] f(float... values) {
    return values;
  }
}

package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.SumOverflow;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.testkit.Scenes;
import dev.loupe.vision.image.ImageDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.jr.ob.JSON;

/** Sums that overflow on their way in the float16 accumulators of a matrix unit. */
class SumOverflowTest {
  private static final int HIDDEN_SIZE = 160;
  private static final int INTERMEDIATE_SIZE = 448;
  private static final int TOWER_WIDTH = 128;
  private static final int TOWER_MLP = 512;
  private static final int VISION_START = 452;

  @TempDir private Path folder;

  private Diagnosis diagnosis(ChangedModel model, Accumulation sums) throws IOException {
    Path picture = folder.resolve("scene.png");
    Scenes.draw(picture, 1);
    Prompt prompt =
        Prompt.create().image(new ImageDecoder().decode(picture)).text("What is in this picture?");
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .profile(NumericsProfile.FLOAT16_EAGER.with(sums))
            .generation(GenerationOptions.greedy().maxNewTokens(1))
            .remedies(List.of());
    return Diagnosis.of(model, prompt, options);
  }

  private static Accumulation half(TensorCore core) {
    return Accumulation.of(core).withAccumulator(DType.F16);
  }

  /** Weights of a row that add up to a peak and come down to zero again. */
  private static void hill(float[] weights, int row, int width, float height) {
    Arrays.fill(weights, row * width, (row + 1) * width, 0);
    Arrays.fill(weights, row * width, row * width + 32, height);
    Arrays.fill(weights, row * width + 32, row * width + 64, -height);
  }

  /** 32 products of 100 * 30, then 32 of -100 * 30: the sum is 0, on the way it is 96,000. */
  private static ChangedModel overflowInTheTower() {
    return new ChangedModel()
        .with("visual.blocks.1.mlp.fc1.weight", w -> Arrays.fill(w, 0))
        .with("visual.blocks.1.mlp.fc1.bias", b -> Arrays.fill(b, 100))
        .with("visual.blocks.1.mlp.fc2.bias", b -> b[56] = 0.25f)
        .with("visual.blocks.1.mlp.fc2.weight", w -> hill(w, 56, TOWER_MLP, 30));
  }

  @ParameterizedTest
  @CsvSource({"VOLTA, 20, 23, 60000", "AMPERE, 16, 23, 48000", "HOPPER, 16, 31, 48000"})
  void inTheTowerTheStepIsFoundAtWhichTheAccumulatorIsFull(
      TensorCore core, int firstTerm, int lastTerm, float before) throws IOException {
    Diagnosis d = diagnosis(overflowInTheTower(), half(core));
    SumEvent event = d.firstSum().orElseThrow();
    int patches = d.patches().grids().getFirst().h() * d.patches().grids().getFirst().w();
    assertThat(event.pass()).isZero();
    assertThat(event.sum())
        .isEqualTo(
            new SumOverflow(
                d.firstOverflow().orElseThrow().operation(),
                OptionalInt.empty(),
                0,
                56,
                firstTerm,
                lastTerm,
                TOWER_MLP,
                before,
                0,
                0.25f,
                patches));
    assertThat(event.sum().operation()).hasToString("visual.blocks.1.mlp.fc2");
    assertThat(event.sum().finiteInFloat32()).isTrue();
    assertThat(event.place()).startsWith("patch 0, picture 1 (row 1 of ");
    assertThat(d.sumCounts().getFirst())
        .isEqualTo(new SumCount(0, event.sum().operation(), patches));
    assertThat(d.fails()).isTrue();
    assertThat(d.order()).isEmpty();
  }

  @Test
  void theTowersOverflowIsExplainedInTextAndJson() throws IOException {
    Diagnosis d = diagnosis(overflowInTheTower(), half(TensorCore.HOPPER));
    assertThat(DiagnosisText.of(d))
        .contains(
            "  value      infinite before it was rounded: its sum overflowed, see below\n",
            "\nFirst overflow inside a sum\n"
                + "  in         visual.blocks.1.mlp.fc2\n"
                + "  during     the prompt's pass\n"
                + "  row        patch 0, picture 1 (row 1 of ",
            "  element    56\n"
                + "  at         terms 16 to 31 of 512: the float16 accumulator held 48000.0, this step"
                + " made it infinite\n"
                + "  float32    a float32 accumulator ends at 0.0, and the result is 0.25: finite\n"
                + "  because    the accumulator is float16; operands and result are within its"
                + " range\n"
                + "  prompt's pass, visual.blocks.1.mlp.fc2: ");
    Map<?, ?> sum = (Map<?, ?>) JSON.std.mapFrom(DiagnosisJson.of(d)).get("first_sum_overflow");
    assertThat(sum.get("operation")).isEqualTo("visual.blocks.1.mlp.fc2");
    assertThat(sum.get("first_term")).hasToString("16");
    assertThat(sum.get("last_term")).hasToString("31");
    assertThat(sum.get("head")).isNull();
    assertThat(sum.get("finite_with_float32_accumulator")).isEqualTo(true);
  }

  @Test
  void withAFloat32AccumulatorTheSameModelAnswers() throws IOException {
    Diagnosis d =
        diagnosis(
            overflowInTheTower()
                // The biases that make this model overflow in another place.
                .with("model.layers.1.self_attn.q_proj.bias", b -> Arrays.fill(b, 0)),
            Accumulation.of(TensorCore.HOPPER));
    assertThat(d.fails()).isFalse();
    assertThat(d.firstSum()).isEmpty();
    assertThat(d.sumCounts()).isEmpty();
    assertThat(DiagnosisText.of(d)).doesNotContain("inside a sum");
    assertThat(DiagnosisJson.of(d)).contains("\"first_sum_overflow\":null");
  }

  /**
   * One token is alone in the first element of its embedding, so the norm makes the root of 160 of
   * it; all other tokens have a small part of that, and stay within the range.
   */
  @Test
  void inDownProjTheTokenIsFound() throws IOException {
    ChangedModel model =
        new ChangedModel()
            .with(
                "model.embed_tokens.weight",
                w -> {
                  int row = VISION_START * HIDDEN_SIZE;
                  Arrays.fill(w, row, row + HIDDEN_SIZE, 0);
                  w[row] = 1;
                })
            .with("model.layers.0.self_attn.o_proj.weight", w -> Arrays.fill(w, 0))
            .with("model.layers.0.post_attention_layernorm.weight", w -> Arrays.fill(w, 1))
            .with("model.layers.0.mlp.gate_proj.weight", SumOverflowTest::firstElement)
            .with("model.layers.0.mlp.up_proj.weight", SumOverflowTest::firstElement)
            .with("model.layers.0.mlp.down_proj.weight", w -> hill(w, 5, INTERMEDIATE_SIZE, 15.6f));
    Diagnosis d = diagnosis(model, half(TensorCore.HOPPER));
    SumEvent event = d.firstSum().orElseThrow();
    SumOverflow sum = event.sum();
    assertThat(sum.operation()).hasToString("model.layers.0.mlp.down_proj");
    assertThat(d.tokens().get(sum.row()).id()).isEqualTo(VISION_START);
    assertThat(event.place()).isEqualTo(d.tokens().get(sum.row()).toString());
    assertThat(sum.element()).isEqualTo(5);
    assertThat(sum.firstTerm()).isEqualTo(16);
    assertThat(sum.lastTerm()).isEqualTo(31);
    assertThat(sum.terms()).isEqualTo(INTERMEDIATE_SIZE);
    // 16 products of 15.6 with the square of the root of 160.
    assertThat(sum.before()).isBetween(39_000f, 41_000f);
    assertThat(sum.float32()).isBetween(-1f, 1f);
    assertThat(sum.finiteInFloat32()).isTrue();
    assertThat(sum.sums()).isOne();
    assertThat(DiagnosisText.of(d)).contains("text \"<|vision_start|>\"\n  element    5\n");
  }

  private static void firstElement(float[] weights) {
    Arrays.fill(weights, 0);
    for (int row = 0; row < INTERMEDIATE_SIZE; row++) {
      weights[row * HIDDEN_SIZE] = 1;
    }
  }

  /** The built-in model's own overflow: 300 * 300 at once, so no accumulator would hold it. */
  @Test
  void aScoreThatIsTooLargeAnywayIsSaidToBe() throws IOException {
    Diagnosis d = diagnosis(new ChangedModel(), half(TensorCore.AMPERE));
    SumEvent event = d.firstSum().orElseThrow();
    assertThat(event.sum().operation()).hasToString("model.layers.1.self_attn.scores");
    assertThat(event.sum().head()).hasValue(0);
    assertThat(event.sum().terms()).isEqualTo(32);
    assertThat(event.sum().finiteInFloat32()).isFalse();
    assertThat(event.sum().float32()).isBetween(89_000f, 91_000f);
    assertThat(DiagnosisText.of(d))
        .contains("which float16 cannot hold either\n", "  head       0\n  key        0\n")
        .doesNotContain("NaN of its value", "margin     Infinity");
  }

  /** A patch with itself, in the tower: more than its scores may be, in the accumulator's steps. */
  @Test
  void inTheScoresOfTheTowerQueryAndKeyArePatches() throws IOException {
    Diagnosis d =
        diagnosis(
            new ChangedModel()
                .with("visual.blocks.0.attn.qkv.bias", t -> Arrays.fill(t, 0, 2 * TOWER_WIDTH, 60)),
            half(TensorCore.HOPPER));
    SumEvent event = d.firstSum().orElseThrow();
    assertThat(event.sum().operation()).hasToString("visual.blocks.0.attn.scores");
    assertThat(event.place()).matches("patch \\d+, picture 1 \\(row \\d+ of \\d+, column .*");
    assertThat(event.sum().finiteInFloat32()).isFalse();
  }
}

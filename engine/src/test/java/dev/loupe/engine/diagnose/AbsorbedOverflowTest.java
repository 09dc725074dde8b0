package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.html.DiagnosisPage;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/** Overflows that come back finite are found, placed and explained, even if the answer is right. */
class AbsorbedOverflowTest {
  private static final int HIDDEN_SIZE = 160;
  private static final int HEAD_DIM = 32;
  private static final int VISION_START = 452;

  private static final NumericsProfile BFLOAT16_EAGER =
      NumericsProfile.of(DType.BF16, AttentionKind.EAGER);

  private static Prompt prompt() {
    RgbImage picture = RgbImage.of(56, 56, new byte[56 * 56 * RgbImage.CHANNELS]);
    return Prompt.create().image(picture).text("What is in this picture?");
  }

  private static Diagnosis diagnosis(ChangedModel model, NumericsProfile profile)
      throws IOException {
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .profile(profile)
            .generation(GenerationOptions.greedy().maxNewTokens(1))
            .remedies(List.of());
    return Diagnosis.of(model, prompt(), options);
  }

  /** The built-in model without the biases that overflow. */
  private static ChangedModel sound() {
    return new ChangedModel().with("model.layers.1.self_attn.q_proj.bias", b -> Arrays.fill(b, 0));
  }

  private static void embedding(float[] table, int element, float value) {
    int row = VISION_START * HIDDEN_SIZE;
    Arrays.fill(table, row, row + HIDDEN_SIZE, 0);
    table[row + element] = value;
  }

  private static void oneNumber(float[] values, int at, float value) {
    Arrays.fill(values, 0);
    values[at] = value;
  }

  @Test
  void aModelWithoutOneSaysSo() throws IOException {
    Diagnosis d = diagnosis(sound(), NumericsProfile.FLOAT16_EAGER);
    assertThat(d.absorbed()).isEmpty();
    assertThat(d.outcome().absorbed()).isZero();
    assertThat(DiagnosisText.of(d)).contains("ANSWERS. No number").doesNotContain("Absorbed");
    assertThat(DiagnosisJson.of(d)).contains("\"absorbed_overflows\":[]");
  }

  /** 1e25 is a number of bfloat16, its square none of float32. */
  @Test
  void aNormWhoseSquaresAddUpToInfinityIsFoundThoughTheModelAnswers() throws IOException {
    Diagnosis d =
        diagnosis(
            sound().with("model.embed_tokens.weight", t -> embedding(t, 7, 1e25f)), BFLOAT16_EAGER);
    assertThat(d.fails()).isFalse();
    assertThat(d.outcome().clean()).isFalse();
    AbsorbedEvent first = d.absorbed().getFirst();
    AbsorbedOverflow o = first.overflow();
    assertThat(first.pass()).isZero();
    assertThat(o.operation()).hasToString("model.layers.0.input_layernorm");
    assertThat(o.how()).isEqualTo(Absorption.SUM_OF_SQUARES);
    assertThat(d.tokens().get(o.row()).id()).isEqualTo(VISION_START);
    assertThat(first.place()).isEqualTo(d.tokens().get(o.row()).toString());
    assertThat(o.element()).isEqualTo(7);
    assertThat(o.before()).isBetween(0.99e25f, 1.01e25f);
    assertThat(o.after()).isZero();
    assertThat(o.count()).isOne();
    assertThat(d.absorbed().stream().map(e -> e.overflow().operation().toString()))
        .contains("model.layers.0.post_attention_layernorm", "model.layers.1.input_layernorm");
    assertThat(DiagnosisText.of(d))
        .startsWith(
            "captioner, bfloat16 eager: ANSWERS, but an overflow was absorbed in"
                + " model.layers.0.input_layernorm.\n")
        .contains(
            "\nAbsorbed overflow\n"
                + "  in         model.layers.0.input_layernorm\n"
                + "  during     the prompt's pass\n"
                + "  row        "
                + first.place()
                + "\n  element    7\n  was        "
                + o.before()
                + ", and became 0.0\n"
                + "  because    the squares of the row add up to infinity, so the norm multiplies"
                + " the whole row by 0\n"
                + "  prompt's pass, model.layers.0.input_layernorm, sum of squares: 1 row\n");
    Map<?, ?> json =
        (Map<?, ?>)
            ((List<?>) JSON.std.mapFrom(DiagnosisJson.of(d)).get("absorbed_overflows")).get(0);
    assertThat(json.get("part")).isEqualTo("decoder");
    assertThat(json.get("layer")).isEqualTo(0);
    assertThat(json.get("how")).isEqualTo("sum of squares");
    assertThat(json.get("row")).isEqualTo(o.row());
    assertThat(json.get("element")).isEqualTo(7);
    assertThat(DiagnosisPage.of(d, prompt(), "loupe diagnose", List.of("v1")))
        .contains(
            "answers, but an overflow was absorbed in model.layers.0.input_layernorm.",
            "<h2>Absorbed overflow</h2>",
            "data-value=\"" + o.row() + "\">");
  }

  /** In float16 a norm meets an infinity: 0 times it is NaN, and everything beside it is 0. */
  @Test
  void aNormOfARowWithAnInfinityIsSaidToSpoilTheOthersOfTheRow() throws IOException {
    Diagnosis d =
        diagnosis(
            sound().with("model.embed_tokens.weight", t -> embedding(t, 3, 70_000)),
            NumericsProfile.FLOAT16_EAGER);
    AbsorbedOverflow o = d.absorbed().getFirst().overflow();
    assertThat(d.fails()).isTrue();
    assertThat(o.operation()).hasToString("model.layers.0.input_layernorm");
    assertThat(o.how()).isEqualTo(Absorption.INFINITE_ROW);
    assertThat(o.element()).isEqualTo(3);
    assertThat(o.before()).isInfinite();
    assertThat(o.after()).isNaN();
    assertThat(DiagnosisText.of(d)).contains("FAILS at", "\nAbsorbed overflow\n");
  }

  /** LayerNorm of the tower: its result is its bias. */
  @Test
  void inTheTowerTheRowIsAPatch() throws IOException {
    Diagnosis d =
        diagnosis(sound().with("visual.blocks.0.mlp.fc2.bias", b -> b[56] = 1e25f), BFLOAT16_EAGER);
    AbsorbedEvent first = d.absorbed().getFirst();
    assertThat(d.fails()).isFalse();
    assertThat(first.overflow().operation()).hasToString("visual.blocks.1.norm1");
    assertThat(first.overflow().operation().part()).isEqualTo(Part.VISION_TOWER);
    assertThat(first.overflow().element()).isEqualTo(56);
    assertThat(first.overflow().count())
        .isEqualTo(d.patches().grids().getFirst().h() * d.patches().grids().getFirst().w());
    assertThat(first.place()).startsWith("patch 0, picture 1 (row 1 of ");
  }

  /** 1.702 * 40,000 is no number of float16, 40,000 is; and so is what fc2 makes of it. */
  @Test
  void theSigmoidOfTheTowerAbsorbsInfinity() throws IOException {
    Diagnosis d =
        diagnosis(
            sound()
                .with("visual.blocks.1.mlp.fc1.bias", b -> b[9] = 40_000)
                .with("visual.blocks.1.mlp.fc2.weight", w -> Arrays.fill(w, 0)),
            NumericsProfile.FLOAT16_EAGER);
    AbsorbedOverflow o = d.absorbed().getFirst().overflow();
    assertThat(d.fails()).isFalse();
    assertThat(d.absorbed()).hasSize(1);
    assertThat(o.operation()).hasToString("visual.blocks.1.mlp.act");
    assertThat(o.how()).isEqualTo(Absorption.SIGMOID);
    assertThat(o.element()).isEqualTo(9);
    assertThat(o.before()).isBetween(39_900f, 40_100f);
    assertThat(o.after()).isEqualTo(o.before());
    assertThat(o.count()).isGreaterThan(1);
  }

  /**
   * Layer 0: every query has 300 in its slowest pair, and one token alone a key of -300 there: the
   * score is -90,000 for all queries, hidden for those before the token.
   */
  private static ChangedModel hiddenInfinity(float query) {
    int slowest = HEAD_DIM / 2 - 1;
    return sound()
        .with("model.embed_tokens.weight", t -> embedding(t, 0, 1))
        .with("model.layers.0.input_layernorm.weight", w -> Arrays.fill(w, 1))
        .with("model.layers.0.self_attn.q_proj.weight", w -> Arrays.fill(w, 0))
        .with("model.layers.0.self_attn.q_proj.bias", b -> oneNumber(b, slowest, query))
        .with(
            "model.layers.0.self_attn.k_proj.weight", w -> oneNumber(w, slowest * HIDDEN_SIZE, 60))
        .with("model.layers.0.self_attn.k_proj.bias", b -> Arrays.fill(b, 0));
  }

  @Test
  void anInfinityUnderTheMaskIsFoundApartFromVisibleOnes() throws IOException {
    Diagnosis d = diagnosis(hiddenInfinity(-300), NumericsProfile.FLOAT16_EAGER);
    assertThat(d.fails()).isFalse();
    assertThat(d.absorbed())
        .extracting(e -> e.overflow().how())
        .containsExactly(Absorption.MASK, Absorption.SOFTMAX);
    AbsorbedOverflow hidden = d.absorbed().getFirst().overflow();
    assertThat(hidden.operation()).hasToString("model.layers.0.self_attn.scores");
    assertThat(hidden.head()).hasValue(0);
    assertThat(hidden.row()).isZero();
    assertThat(d.tokens().get(hidden.element()).id()).isEqualTo(VISION_START);
    assertThat(hidden.before()).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(hidden.after()).isZero();
    assertThat(hidden.count()).isEqualTo(hidden.element());
    AbsorbedOverflow visible = d.absorbed().getLast().overflow();
    assertThat(visible.row()).isEqualTo(hidden.element());
    assertThat(visible.count()).isEqualTo(d.promptTokens() - hidden.element());
    assertThat(hidden.count() + visible.count()).isEqualTo(d.outcome().overflows());
    assertThat(DiagnosisText.of(d))
        .contains(
            "ANSWERS, but an overflow was absorbed in model.layers.0.self_attn.scores.\n",
            "  query      " + d.tokens().getFirst(),
            "  was        -Infinity, and became 0.0\n",
            "the mask hides its key: the weight is 0 anyway\n");
  }

  @Test
  void aRemedyThatCutsOrReplacesAbsorbsAllOfThem() throws IOException {
    NumericsProfile half = NumericsProfile.FLOAT16_EAGER;
    Diagnosis cut = diagnosis(hiddenInfinity(300), half.with(ScoreRemedy.CLAMP));
    assertThat(cut.absorbed()).hasSize(1);
    assertThat(cut.absorbed().getFirst().overflow().how()).isEqualTo(Absorption.CLAMP);
    assertThat(cut.absorbed().getFirst().overflow().after()).isEqualTo(64_504f);
    assertThat(cut.outcome().absorbed()).isEqualTo(cut.outcome().overflows());
    Diagnosis replaced = diagnosis(hiddenInfinity(300), half.with(ScoreRemedy.INF_TO_ZERO));
    assertThat(replaced.absorbed().getFirst().overflow().how()).isEqualTo(Absorption.REPLACEMENT);
    assertThat(replaced.absorbed().getFirst().overflow().after()).isZero();
    Diagnosis plain = diagnosis(hiddenInfinity(300), half);
    assertThat(plain.fails()).as("NaN is not absorbed").isTrue();
    assertThat(plain.absorbed()).isEmpty();
  }
}

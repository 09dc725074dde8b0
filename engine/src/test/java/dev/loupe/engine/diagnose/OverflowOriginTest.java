package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.testkit.Scenes;
import dev.loupe.vision.image.ImageDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Float16 can overflow in operations that are no modules of the checkpoint as well. */
class OverflowOriginTest {
  private static final int UNUSED_TOKEN = 460;
  private static final int HIDDEN_SIZE = 160;
  private static final int TOWER_WIDTH = 128;
  private static final int HEAD_DIM = 32;
  private static final int VISION_START = 452;

  @TempDir private Path folder;

  private Diagnosis diagnosis(ChangedModel model) throws IOException {
    Path picture = folder.resolve("scene.png");
    Scenes.draw(picture, 1);
    Prompt prompt =
        Prompt.create().image(new ImageDecoder().decode(picture)).text("What is in this picture?");
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .generation(GenerationOptions.greedy().maxNewTokens(1))
            .remedies(List.of());
    return Diagnosis.of(model, prompt, options);
  }

  private static Overflow first(Diagnosis d) {
    assertThat(d.outcome().otherOverflows()).isPositive();
    assertThat(d.outcome().clean()).isFalse();
    Overflow first = d.firstOverflow().orElseThrow();
    assertThat(first.pass()).isZero();
    assertThat(first.score()).isEmpty();
    assertThat(DiagnosisText.of(d)).contains("in         " + first.operation());
    assertThat(DiagnosisJson.of(d)).contains("\"operation\":\"" + first.operation() + '"');
    return first;
  }

  @Test
  void inTheEmbeddingOfAToken() throws IOException {
    int row = VISION_START * HIDDEN_SIZE;
    Diagnosis d =
        diagnosis(new ChangedModel().with("model.embed_tokens.weight", t -> t[row + 3] = 70_000));
    Overflow first = first(d);
    assertThat(first.operation()).hasToString("model.embed_tokens");
    assertThat(d.tokens().get((int) first.row()).id()).isEqualTo(VISION_START);
    assertThat(first.index() % HIDDEN_SIZE).isEqualTo(3);
  }

  /** The table is that of the embeddings, in a row that the prompt does not use. */
  @Test
  void inTheLogits() throws IOException {
    int row = UNUSED_TOKEN * HIDDEN_SIZE;
    Diagnosis d =
        diagnosis(
            new ChangedModel()
                .with("model.layers.1.self_attn.q_proj.bias", b -> Arrays.fill(b, 0))
                .with(
                    "model.embed_tokens.weight",
                    t -> Arrays.fill(t, row, row + HIDDEN_SIZE, 65_504)));
    Overflow first = first(d);
    assertThat(first.operation()).hasToString("lm_head");
    assertThat(first.row()).isEqualTo(d.promptTokens() - 1L);
    assertThat(first.index()).isEqualTo(UNUSED_TOKEN);
    assertThat(DiagnosisText.of(d)).contains("  row        " + d.tokens().get((int) first.row()));
  }

  /** 60,000 at both ends of a pair turn into 82,900 at an angle of 1. */
  private static void pair(float[] bias, int head) {
    Arrays.fill(bias, head, head + HEAD_DIM, 0);
    bias[head] = 60_000;
    bias[head + HEAD_DIM / 2] = 60_000;
  }

  @Test
  void inTheRotationOfQueriesOfTheDecoder() throws IOException {
    Overflow first =
        first(
            diagnosis(
                new ChangedModel().with("model.layers.0.self_attn.q_proj.bias", t -> pair(t, 0))));
    assertThat(first.operation()).hasToString("model.layers.0.self_attn.q_rotated");
    assertThat(first.row()).isEqualTo(1);
    assertThat(first.index()).isEqualTo(HIDDEN_SIZE + HEAD_DIM / 2);
  }

  @Test
  void inTheRotationOfKeysOfTheDecoder() throws IOException {
    Overflow first =
        first(
            diagnosis(
                new ChangedModel().with("model.layers.0.self_attn.k_proj.bias", t -> pair(t, 0))));
    assertThat(first.operation()).hasToString("model.layers.0.self_attn.k_rotated");
    assertThat(first.row()).isEqualTo(1);
    assertThat(first.index()).isEqualTo(HEAD_DIM + HEAD_DIM / 2);
  }

  @Test
  void inTheRotationOfQueriesOfTheTower() throws IOException {
    Overflow first =
        first(
            diagnosis(
                new ChangedModel()
                    .with("visual.blocks.1.attn.qkv.bias", t -> pair(t, 2 * HEAD_DIM))));
    assertThat(first.operation()).hasToString("visual.blocks.1.attn.q_rotated");
    assertThat(first.row()).isEqualTo(-1);
    assertThat(first.index() % TOWER_WIDTH).isEqualTo(2 * HEAD_DIM + HEAD_DIM / 2);
  }

  /** 1/27 in float16 is 0.03 % too large, so 27 equal weights of 65,504 add up to 65,524. */
  @Test
  void inTheWeightedSumOfValues() throws IOException {
    Overflow first =
        first(
            diagnosis(
                new ChangedModel()
                    .with("model.layers.0.self_attn.q_proj.weight", t -> Arrays.fill(t, 0))
                    .with("model.layers.0.self_attn.q_proj.bias", t -> Arrays.fill(t, 0))
                    .with("model.layers.0.self_attn.v_proj.weight", t -> Arrays.fill(t, 0))
                    .with("model.layers.0.self_attn.v_proj.bias", t -> Arrays.fill(t, 65_504))));
    assertThat(first.operation()).hasToString("model.layers.0.self_attn.attn_output");
    assertThat(first.row()).isEqualTo(26);
    assertThat(first.largest()).isBetween(65_520f, 65_530f);
  }

  /** A patch with itself: 32 times 60 * 60, as rotation keeps lengths. */
  @Test
  void inTheScoresOfTheTower() throws IOException {
    Diagnosis d =
        diagnosis(
            new ChangedModel()
                .with(
                    "visual.blocks.0.attn.qkv.bias", t -> Arrays.fill(t, 0, 2 * TOWER_WIDTH, 60)));
    Overflow first = d.firstOverflow().orElseThrow();
    assertThat(first.operation()).hasToString("visual.blocks.0.attn.scores");
    assertThat(first.largest()).isGreaterThan(65_520);
    assertThat(d.largest().getFirst().operation()).isEqualTo(first.operation());
    ExtremeScore score = first.score().orElseThrow();
    assertThat(score.part()).isEqualTo(Part.VISION_TOWER);
    assertThat(score.value()).isGreaterThan(65_520);
    assertThat(score.masked()).isFalse();
    assertThat(first.row()).isEqualTo(score.query());
    assertThat(d.outcome().overflows()).as("scores of the decoder").isZero();
    OverflowCount count = d.overflowCounts().getFirst();
    assertThat(count.part()).isEqualTo(Part.VISION_TOWER);
    assertThat(count.overflows()).isEqualTo(d.outcome().otherOverflows());
    assertThat(count.masked()).isZero();
    assertThat(DiagnosisText.of(d))
        .contains(
            "  where      vision block 0, head %d, query %d, key %d\n"
                .formatted(score.head(), score.query(), score.key()),
            "  query      patch %d, picture 1 (row ".formatted(score.query()),
            "  prompt's pass, vision block 0, head")
        .containsPattern("\n  visual.blocks.0 [0-9]+ of [0-9]+ rows   the first: patch [0-9]+, pic")
        .containsPattern("\n  visual.merger   [0-9]+ of ");
    assertThat(DiagnosisJson.of(d)).contains("\"part\":\"vision\",\"layer\":0");
  }
}

package dev.loupe.engine.diagnose.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.ChangedModel;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisOptions;
import dev.loupe.engine.diagnose.FailingElement;
import dev.loupe.engine.diagnose.FailingElement.Event;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operands of a reproducer give the same event at the same element, by plain loops. */
class ReproducerTest {
  private static final int HIDDEN_SIZE = 160;
  private static final int HEAD_DIM = 32;
  private static final int TOWER_WIDTH = 128;
  private static final int TOWER_MLP = 512;
  private static final int VISION_START = 452;
  private static final NumericsProfile HALF = NumericsProfile.FLOAT16_EAGER;

  @TempDir private Path folder;

  private Diagnosis diagnosis(ChangedModel model, NumericsProfile profile) throws IOException {
    // 16 patches and some 30 tokens: each test answers four times.
    RgbImage picture = RgbImage.of(56, 56, new byte[56 * 56 * RgbImage.CHANNELS]);
    Prompt prompt =
        Prompt.create().image(picture).text("What is in this picture, and where is it in there?");
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .profile(profile)
            .generation(GenerationOptions.greedy().maxNewTokens(1))
            .remedies(List.of())
            .operands(true);
    return Diagnosis.of(model, prompt, options);
  }

  /** What was written, after a check that it is what the diagnosis holds. */
  private Operands written(String name, Diagnosis d) throws IOException {
    Path to = folder.resolve(name);
    assertThat(Reproducer.write(to, d, "loupe diagnose scene.png", List.of("loupe 1"))).isTrue();
    FailingElement failing = d.failing().orElseThrow();
    assertThat(Files.readString(to.resolve("report.md")))
        .contains("`" + failing.operation() + "`", "loupe diagnose scene.png", "loupe 1");
    assertThat(Files.readString(to.resolve("reproduce.py")))
        .contains(failing.operation() + ", row " + failing.operands().row() + ", column ")
        .doesNotContain("%s");
    try (SafetensorsFile file = SafetensorsFile.open(to.resolve("operands.safetensors"))) {
      assertThat(file.entries().keySet())
          .containsExactlyInAnyOrderElementsOf(failing.operands().tensors().keySet());
      for (Map.Entry<String, Tensor> e : failing.operands().tensors().entrySet()) {
        assertThat(file.tensor(e.getKey()).toFloats()).isEqualTo(e.getValue().toFloats());
      }
    }
    return failing.operands();
  }

  private static ChangedModel sound() {
    return new ChangedModel().with("model.layers.1.self_attn.q_proj.bias", b -> Arrays.fill(b, 0));
  }

  private static float number(Operands o, String name) {
    return o.tensors().get(name).getFloat(0);
  }

  private static float[] row(Operands o, String name) {
    return o.tensors().get(name).toFloats();
  }

  private static float sum(float[] x, float[] w) {
    float sum = 0;
    for (int k = 0; k < x.length; k++) {
      sum = Math.fma(x[k], w[k], sum);
    }
    return sum;
  }

  /** The element before it is rounded, as the specification computes it. */
  private static float element(Operands o) {
    return switch (o.kind()) {
      case LINEAR -> sum(row(o, "input"), row(o, "weight")) + number(o, "bias");
      case ADD -> number(o, "x") + number(o, "y");
      case MULTIPLY -> number(o, "x") * number(o, "y");
      case ROTATION -> number(o, "x") * number(o, "cos") + number(o, "rotated") * number(o, "sin");
      case WEIGHTED_VALUES -> sum(row(o, "weights"), row(o, "values")) * number(o, "factor");
      case SCORES ->
          sum(
              row(o, "query"),
              o.tensors().get("keys").rows(o.column(), o.column() + 1L).toFloats());
      case EMBEDDING -> number(o, "weight");
      case QUICK_GELU, RMS_NORM, LAYER_NORM -> throw new IllegalArgumentException("" + o.kind());
    };
  }

  /** The first overflow of a model, and its element computed again. */
  private float overflow(String operation, ChangedModel model) throws IOException {
    return overflow(operation, diagnosis(model, HALF));
  }

  private float overflow(String operation, Diagnosis d) throws IOException {
    Operands operands = written(operation, d);
    assertThat(d.failing().orElseThrow().operation()).hasToString(operation);
    assertThat(d.failing().orElseThrow().event()).isEqualTo(Event.OVERFLOW);
    assertThat(d.firstOverflow().orElseThrow().operation()).hasToString(operation);
    float element = element(operands);
    assertThat(Float.float16ToFloat(Float.floatToFloat16(element))).isInfinite();
    return element;
  }

  @Test
  void aScore() throws IOException {
    Diagnosis d = diagnosis(new ChangedModel(), HALF);
    float element = overflow("model.layers.1.self_attn.scores", d);
    assertThat(element).isEqualTo(d.firstOverflow().orElseThrow().score().orElseThrow().value());
    assertThat(d.failing().orElseThrow().head()).hasValue(0);
    assertThat(d.failing().orElseThrow().operands().tensors().get("keys").rowCount())
        .isEqualTo(d.promptTokens());
  }

  @Test
  void aScoreOfTheTower() throws IOException {
    overflow(
        "visual.blocks.0.attn.scores",
        sound().with("visual.blocks.0.attn.qkv.bias", t -> Arrays.fill(t, 0, 2 * TOWER_WIDTH, 60)));
  }

  @Test
  void anOutputOfALinearLayer() throws IOException {
    float element =
        overflow(
            "visual.blocks.0.mlp.fc2",
            sound()
                .with("visual.blocks.0.mlp.fc1.weight", w -> Arrays.fill(w, 0))
                .with("visual.blocks.0.mlp.fc1.bias", b -> b[9] = 35_000)
                .with("visual.blocks.0.mlp.fc2.weight", w -> w[56 * TOWER_MLP + 9] = 2));
    assertThat(element).isBetween(69_000f, 71_000f);
  }

  @Test
  void aResidualSum() throws IOException {
    float element =
        overflow(
            "visual.blocks.1",
            sound()
                .with("visual.blocks.0.mlp.fc2.bias", b -> b[56] = 60_000)
                .with("visual.blocks.1.mlp.fc2.bias", b -> b[56] = 60_000));
    assertThat(element).isBetween(119_000f, 121_000f);
  }

  private static void pair(float[] bias, int head) {
    Arrays.fill(bias, head, head + HEAD_DIM, 0);
    bias[head] = 60_000;
    bias[head + HEAD_DIM / 2] = 60_000;
  }

  @Test
  void rotatedNumbersOfDecoderAndTower() throws IOException {
    overflow(
        "model.layers.0.self_attn.k_rotated",
        sound().with("model.layers.0.self_attn.k_proj.bias", t -> pair(t, 0)));
    overflow(
        "visual.blocks.1.attn.q_rotated",
        sound().with("visual.blocks.1.attn.qkv.bias", t -> pair(t, 2 * HEAD_DIM)));
  }

  @Test
  void aWeightedSumOfValues() throws IOException {
    float element =
        overflow(
            "model.layers.0.self_attn.attn_output",
            sound()
                .with("model.layers.0.self_attn.q_proj.weight", t -> Arrays.fill(t, 0))
                .with("model.layers.0.self_attn.q_proj.bias", t -> Arrays.fill(t, 0))
                .with("model.layers.0.self_attn.v_proj.weight", t -> Arrays.fill(t, 0))
                .with("model.layers.0.self_attn.v_proj.bias", t -> Arrays.fill(t, 65_504)));
    assertThat(element).isBetween(65_520f, 65_530f);
  }

  @Test
  void aProductOfSwiGlu() throws IOException {
    float element =
        overflow(
            "model.layers.0.mlp.product",
            sound()
                .with("model.layers.0.mlp.gate_proj.weight", w -> scale(w, 1_000))
                .with("model.layers.0.mlp.up_proj.weight", w -> scale(w, 1_000)));
    assertThat(element).isFinite();
  }

  private static void scale(float[] values, float factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  @Test
  void anEmbedding() throws IOException {
    overflow(
        "model.embed_tokens",
        sound().with("model.embed_tokens.weight", t -> t[VISION_START * HIDDEN_SIZE + 3] = 70_000));
  }

  /** 32 products of 100 * 30, then 32 of -100 * 30, in a float16 accumulator. */
  @Test
  void aSumInAFloat16Accumulator() throws IOException {
    ChangedModel model =
        sound()
            .with("visual.blocks.1.mlp.fc1.weight", w -> Arrays.fill(w, 0))
            .with("visual.blocks.1.mlp.fc1.bias", b -> Arrays.fill(b, 100))
            .with(
                "visual.blocks.1.mlp.fc2.weight",
                w -> {
                  Arrays.fill(w, 0, TOWER_MLP, 0);
                  Arrays.fill(w, 0, 32, 30);
                  Arrays.fill(w, 32, 64, -30);
                });
    Accumulation half = Accumulation.of(TensorCore.HOPPER).withAccumulator(DType.F16);
    Diagnosis d = diagnosis(model, HALF.with(half));
    Operands o = written("sum", d);
    assertThat(d.failing().orElseThrow().event()).isEqualTo(Event.SUM_OVERFLOW);
    assertThat(d.failing().orElseThrow().operation()).hasToString("visual.blocks.1.mlp.fc2");
    float[] x = row(o, "input");
    float[] w = row(o, "weight");
    assertThat(sum(x, w)).isZero();
    assertThat(sum(Arrays.copyOf(x, 32), Arrays.copyOf(w, 32))).isEqualTo(96_000);
  }

  /** Only what was absorbed is left to show. */
  @Test
  void aNormThatAbsorbs() throws IOException {
    ChangedModel model =
        sound().with("model.embed_tokens.weight", t -> t[VISION_START * HIDDEN_SIZE + 7] = 1e25f);
    Diagnosis d = diagnosis(model, NumericsProfile.of(DType.BF16, AttentionKind.EAGER));
    Operands o = written("norm", d);
    assertThat(d.failing().orElseThrow().event()).isEqualTo(Event.ABSORBED);
    assertThat(o.kind()).isEqualTo(Operands.Kind.RMS_NORM);
    assertThat(d.tokens().get(o.row()).id()).isEqualTo(VISION_START);
    assertThat(o.column()).isEqualTo(7);
    float[] x = row(o, "x");
    assertThat(x[7]).isBetween(0.99e25f, 1.01e25f);
    assertThat(sum(x, x)).isInfinite();
    assertThat(row(o, "weight")).hasSize(HIDDEN_SIZE);
  }

  @Test
  void aSigmoidThatAbsorbs() throws IOException {
    ChangedModel model =
        sound()
            .with("visual.blocks.1.mlp.fc1.bias", b -> b[9] = 40_000)
            .with("visual.blocks.1.mlp.fc2.weight", w -> Arrays.fill(w, 0));
    Diagnosis d = diagnosis(model, HALF);
    Operands o = written("sigmoid", d);
    assertThat(o.kind()).isEqualTo(Operands.Kind.QUICK_GELU);
    assertThat(o.column()).isEqualTo(9);
    assertThat(1.702f * number(o, "x")).isGreaterThan(65_520);
  }

  @Test
  void withoutAnOverflowNothingIsWritten() throws IOException {
    Diagnosis d = diagnosis(sound(), HALF);
    Path to = folder.resolve("nothing");
    assertThat(Reproducer.write(to, d, "loupe", List.of())).isFalse();
    assertThat(to).doesNotExist();
  }

  @Test
  void aFolderWithOtherFilesIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.txt"), "mine");
    assertThatThrownBy(() -> Reproducer.requireFree(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder
                + ": expected a new or empty folder, or one with an earlier reproducer, found"
                + " mine.txt in it");
    assertThatThrownBy(() -> Reproducer.requireFree(file.resolve("deep/folder")))
        .hasMessageContaining("expected to make it in a folder, found a file: " + file);
    assertThatThrownBy(() -> Reproducer.requireFree(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": expected a folder, found a file");
    Files.delete(file);
    Files.writeString(folder.resolve("report.md"), "earlier");
    Reproducer.requireFree(folder);
  }
}

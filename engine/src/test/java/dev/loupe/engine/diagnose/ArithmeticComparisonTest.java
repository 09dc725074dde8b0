package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.Scenes;
import dev.loupe.vision.image.ImageDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArithmeticComparisonTest {
  private static final Accumulation HOPPER = Accumulation.of(TensorCore.HOPPER);
  private static final Accumulation HALF = HOPPER.withAccumulator(DType.F16);
  private static final NumericsProfile BFLOAT16 =
      NumericsProfile.of(DType.BF16, AttentionKind.EAGER);

  @TempDir private static Path folder;
  private static Prompt prompt;

  @BeforeAll
  static void draw() throws IOException {
    Path picture = folder.resolve("scene.png");
    Scenes.draw(picture, 1);
    prompt =
        Prompt.create().image(new ImageDecoder().decode(picture)).text("What is in this picture?");
  }

  private static DiagnosisOptions options(NumericsProfile profile, int tokens) {
    return DiagnosisOptions.defaults()
        .profile(profile)
        .generation(GenerationOptions.greedy().maxNewTokens(tokens).sample(3));
  }

  private static ArithmeticRun run(ArithmeticComparison c, int i) {
    return c.reports().get(i).run().orElseThrow();
  }

  /** A model that answers in float16, but for a sum of the tower that passes 65,504 on its way. */
  private static ChangedModel hill() {
    return new ChangedModel()
        .with("model.layers.1.self_attn.q_proj.bias", b -> Arrays.fill(b, 0))
        .with("visual.blocks.1.mlp.fc1.weight", w -> Arrays.fill(w, 0))
        .with("visual.blocks.1.mlp.fc1.bias", b -> Arrays.fill(b, 100))
        .with(
            "visual.blocks.1.mlp.fc2.weight",
            w -> {
              Arrays.fill(w, 0);
              Arrays.fill(w, 0, 32, 30);
              Arrays.fill(w, 32, 64, -30);
            });
  }

  @Test
  void whoFailsDependsOnTheAccumulator() throws IOException {
    ArithmeticComparison c =
        ArithmeticComparison.of(
            hill(),
            prompt,
            options(NumericsProfile.FLOAT16_EAGER, 3),
            List.of(Accumulation.SEQUENTIAL_FMA, HOPPER, HALF));
    assertThat(run(c, 0).fails()).isFalse();
    assertThat(run(c, 1).fails()).isFalse();
    assertThat(run(c, 2).fails()).isTrue();
    assertThat(run(c, 2).failingToken()).isOne();
    assertThat(run(c, 2).firstSum().orElseThrow().sum().operation())
        .hasToString("visual.blocks.1.mlp.fc2");
    ComparisonFindings findings = ComparisonFindings.of(c);
    assertThat(findings.different())
        .contains(
            "With sequential, hopper a token can be chosen at every step.",
            "With hopper.acc16 no token can be chosen from numbers at token 1 of the answer.",
            "With sequential, hopper nothing overflows.",
            "With sequential, hopper no sum overflows on its way.",
            "With hopper.acc16 the answer differs from token 1 on: \"\".")
        .anyMatch(s ->
            s.startsWith(
                "With hopper.acc16 the first sum that overflows on its way is in"
                    + " visual.blocks.1.mlp.fc2, patch 0, picture 1 (row 1 of "));
    assertThat(findings.common()).containsExactly("No score overflows in the prompt's pass.");
    StageDifference merger = stage(run(c, 2), StageId.MERGER);
    assertThat(merger.finiteInOne()).isEqualTo(merger.elements());
    String text = ArithmeticComparisonText.of(c);
    assertThat(text)
        .startsWith("captioner, float16 eager, in 3 arithmetics\n")
        .containsPattern("\n  hopper.acc16  fails at token 1  visual.blocks.1.mlp.fc2 +")
        .containsPattern(
            "\n  visual.merger +[0-9.e-]+ %% +%,d finite in one\n".formatted(merger.elements()));
    assertThat(text.lines()).allMatch(line -> line.equals(line.stripTrailing()));
  }

  @Test
  void whatAllAgreeOnIsSaidOnce() throws IOException {
    ArithmeticComparison c =
        ArithmeticComparison.of(
            BuiltInModel.files(),
            prompt,
            options(NumericsProfile.FLOAT16_EAGER, 2),
            List.of(Accumulation.TORCH_CPU, Accumulation.of(TensorCore.VOLTA)));
    ComparisonFindings findings = ComparisonFindings.of(c);
    assertThat(findings.common())
        .contains(
            "No token can be chosen from numbers at token 1 of the answer.",
            "The first overflow is in model.layers.1.self_attn.scores, head 0, query 0, key 0.",
            "NaN begin in layers.1.")
        .anyMatch(s -> s.endsWith(" scores overflow in the prompt's pass."));
    assertThat(findings.different())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("With volta stages differ from visual.patch_embed on, by up to ");
  }

  @Test
  void aSumOfScoresIsNamedWithHeadAndKey() throws IOException {
    ArithmeticComparison c =
        ArithmeticComparison.of(
            BuiltInModel.files(),
            Prompt.create().text("What?"),
            options(NumericsProfile.FLOAT16_EAGER, 1),
            List.of(Accumulation.SEQUENTIAL_FMA, HALF));
    assertThat(ComparisonFindings.of(c).different())
        .contains(
            "With hopper.acc16 the first sum that overflows on its way is in"
                + " model.layers.1.self_attn.scores, head 0, position 0, text \"<|im_start|>\","
                + " key 0, at terms 0 to 15.");
  }

  @Test
  void sharesHaveTwoDigitsAndNoExponentAboveOne() {
    assertThat(DiagnosisText.percent(0.00617)).isEqualTo("0.62 %");
    assertThat(DiagnosisText.percent(0.994)).isEqualTo("99 %");
    assertThat(DiagnosisText.percent(0.9997)).isEqualTo("100 %");
    assertThat(DiagnosisText.percent(1.234)).isEqualTo("123 %");
  }

  /** Two ordinary traces, compared element by element. */
  @Test
  void differencesAreThoseOfTwoTraces() throws IOException {
    ArithmeticComparison c =
        ArithmeticComparison.of(
            BuiltInModel.files(),
            prompt,
            options(BFLOAT16, 1),
            List.of(HOPPER, Accumulation.SEQUENTIAL_FMA));
    List<StageDifference> differences = run(c, 1).differences();
    assertThat(run(c, 0).differences()).isEmpty();
    assertThat(differences)
        .extracting(StageDifference::stage)
        .startsWith(StageId.PATCH_EMBED, StageId.visionBlock(0))
        .endsWith(StageId.NORM, StageId.LOGITS);
    assertThat(differences).anyMatch(d -> d.largest() > 0);
    try (Qwen2Vl model =
            Qwen2Vl.load(
                BuiltInModel.files(), LoadOptions.defaults().profile(BFLOAT16.with(HOPPER)));
        TraceRecorder first = new TraceRecorder();
        TraceRecorder second = new TraceRecorder()) {
      model.trace(prompt, GenerationOptions.greedy(), first);
      model.with(BFLOAT16).trace(prompt, GenerationOptions.greedy(), second);
      for (StageDifference d : differences) {
        if (!d.stage().equals(StageId.LOGITS)) { // A trace has those of all tokens.
          Tensor a = first.stages().get(d.stage().name());
          Tensor b = second.stages().get(d.stage().name());
          double largest = 0;
          double difference = 0;
          long differing = 0;
          for (long i = 0; i < a.shape().elements(); i++) {
            largest = Math.max(largest, Math.abs(a.getFloat(i)));
            difference = Math.max(difference, Math.abs((double) a.getFloat(i) - b.getFloat(i)));
            differing += a.getFloat(i) == b.getFloat(i) ? 0 : 1;
          }
          assertThat(d.largest()).as(d.stage().name()).isEqualTo(difference);
          assertThat(d.share()).isEqualTo(difference / largest);
          assertThat(d.differing()).isBetween(differing, d.elements());
          assertThat(d.finiteInOne()).isZero();
        }
      }
    }
  }

  @Test
  void anArithmeticThatDoesNotExistIsNamedWithItsReason() throws IOException {
    ArithmeticComparison c =
        ArithmeticComparison.of(
            BuiltInModel.files(),
            prompt,
            options(BFLOAT16, 1),
            List.of(
                Accumulation.of(TensorCore.VOLTA), HOPPER, Accumulation.of(TensorCore.BLACKWELL)));
    assertThat(c.reports().getFirst().run()).isEmpty();
    assertThat(c.reports().getFirst().missing().orElseThrow())
        .isEqualTo(
            "volta: expected float16, found bfloat16, which this matrix unit does not multiply");
    // The same unit under two names.
    assertThat(run(c, 2).differences()).allMatch(d -> d.differing() == 0);
    assertThat(ComparisonFindings.of(c).different())
        .containsExactly("With blackwell every stage has the bits of hopper.");
    assertThat(ArithmeticComparisonJson.of(c))
        .contains("\"reference\":\"hopper\"", "{\"arithmetic\":\"volta\",\"missing\":\"volta: ");
    assertThatThrownBy(() ->
            ArithmeticComparison.of(
                BuiltInModel.files(),
                prompt,
                options(BFLOAT16, 1),
                List.of(Accumulation.of(TensorCore.VOLTA))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("arithmetics: expected one that exists, found none; volta: ");
  }

  /** Its products have up to 8,960 terms, whose order PyTorch leaves to the processor. */
  @Test
  void anArithmeticThatAModelDoesNotHaveIsMissingBeforeWeightsAreRead() {
    SyntheticModel deep = new SyntheticModel("synthetic:2b:layers=2:depth=2");
    List<Accumulation> both = List.of(Accumulation.of(TensorCore.VOLTA), Accumulation.TORCH_CPU);
    assertThatThrownBy(() -> ArithmeticComparison.of(deep, prompt, options(BFLOAT16, 1), both))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("arithmetics: expected one that exists, found none; volta: ")
        .hasMessageContaining("; torch-cpu with bfloat16: expected a model whose products have");
    NumericsProfile profile = BFLOAT16.with(Accumulation.TORCH_CPU);
    assertThatThrownBy(() -> Diagnosis.of(deep, prompt, options(profile, 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(": torch-cpu with bfloat16: expected a model whose products have");
  }

  private static StageDifference stage(ArithmeticRun run, StageId stage) {
    return run.differences().stream()
        .filter(d -> d.stage().equals(stage))
        .findFirst()
        .orElseThrow();
  }
}

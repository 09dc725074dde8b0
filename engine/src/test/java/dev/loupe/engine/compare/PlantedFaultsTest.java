package dev.loupe.engine.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.ReferenceRuns;
import dev.loupe.engine.compare.TraceComparison.Verdict;
import dev.loupe.engine.diagnose.ChangedModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault in a trace, or in the model behind it, is named for what it is, where it begins. */
class PlantedFaultsTest {
  private static final String FLOAT32 = "scene-001.float32.eager";
  private static final String FLOAT16 = "scene-001.float16.eager";
  private static final int WIDTH = 160;

  @TempDir Path folder;

  @Test
  void swappedChannelsOfAPicture() throws IOException {
    PlantedTrace swapped =
        PlantedTrace.of(FLOAT32)
            .floats(
                "pixel_values",
                values -> {
                  for (int patch = 0; patch < values.length; patch += 1176) {
                    float[] red = Arrays.copyOfRange(values, patch, patch + 392);
                    System.arraycopy(values, patch + 784, values, patch, 392);
                    System.arraycopy(red, 0, values, patch + 784, 392);
                  }
                });

    TraceComparison found = compare(FLOAT32, swapped);

    assertFault(found, "pixel_values", Judgement.PICTURE, "red and blue are swapped");
  }

  @Test
  void channelsThatWereSwappedBeforeTheyWereNormalised() throws IOException {
    double[] mean = {0.48145466, 0.4578275, 0.40821073};
    double[] deviation = {0.26862954, 0.26130258, 0.27577711};
    PlantedTrace swapped =
        PlantedTrace.of(FLOAT32)
            .floats(
                "pixel_values",
                values -> {
                  float[] right = values.clone();
                  for (int i = 0; i < values.length; i++) {
                    int channel = i % 1176 / 392;
                    int other = channel == 0 ? 1 : channel == 1 ? 0 : 2;
                    double level =
                        right[i + (other - channel) * 392] * deviation[other] + mean[other];
                    values[i] = (float) ((level - mean[channel]) / deviation[channel]);
                  }
                });

    TraceComparison found = compare(FLOAT32, swapped);

    assertFault(found, "pixel_values", Judgement.PICTURE, "red and green are swapped");
  }

  @Test
  void aPositionThatIsOffByOne() throws IOException {
    PlantedTrace off =
        PlantedTrace.of(FLOAT32)
            .integers(
                "position_ids",
                p -> {
                  for (int i = 20; i < p.length / 3; i++) {
                    p[i]++;
                  }
                });

    TraceComparison found = compare(FLOAT32, off);

    assertFault(found, "position_ids", Judgement.POSITIONS, "token 20, position in time");
    assertThat(found.cause().orElseThrow().what()).endsWith("all by +1");
  }

  @Test
  void aMissingBiasAtTheEndOfABlock() throws IOException {
    ModelFiles faulty =
        new ChangedModel().with("visual.blocks.2.mlp.fc2.bias", values -> Arrays.fill(values, 0));
    Path trace = trace(faulty, NumericsProfile.FLOAT32.with(AttentionKind.EAGER));

    TraceComparison found = TraceComparison.of(PlantedTrace.golden(FLOAT32), trace);

    assertFault(found, "visual.blocks.2", Judgement.OTHER, "a bias is missing");
  }

  @Test
  void aMissingBiasInsideALayerIsNotNamedButFoundWhereItIs() throws IOException {
    ModelFiles faulty =
        new ChangedModel()
            .with("model.layers.2.self_attn.v_proj.bias", values -> Arrays.fill(values, 0));
    Path trace = trace(faulty, NumericsProfile.FLOAT32.with(AttentionKind.EAGER));

    TraceComparison found = TraceComparison.of(PlantedTrace.golden(FLOAT32), trace);

    assertFault(found, "layers.2", Judgement.OTHER, "% of the elements differ");
  }

  @Test
  void scoresThatAreScaledBeforeTheyAreRounded() throws IOException {
    Path trace =
        trace(BuiltInModel.files(), NumericsProfile.FLOAT16_EAGER.with(ScoreRemedy.SCALE_FIRST));

    TraceComparison found = TraceComparison.of(PlantedTrace.golden(FLOAT16), trace);

    assertFault(found, "layers.0", Judgement.ROUNDED_ELSEWHERE, "scaling before the scores");
  }

  @Test
  void anotherOrderOfAdditionsIsNoFault() throws IOException {
    for (Accumulation order :
        new Accumulation[] {Accumulation.DESCENDING, Accumulation.TORCH_CPU}) {
      Path trace = trace(BuiltInModel.files(), NumericsProfile.FLOAT16_EAGER.with(order));

      TraceComparison found = TraceComparison.of(PlantedTrace.golden(FLOAT16), trace);

      assertThat(found.verdict()).isEqualTo(Verdict.WITHIN_ROUNDING);
      assertThat(found.first().orElseThrow().judgement())
          .isIn(Judgement.ORDER_OF_ADDITIONS, Judgement.ONE_ROUNDING);
      assertThat(ComparisonText.of(found)).startsWith("SAME WITHIN ROUNDING: ");
    }
  }

  @Test
  void oneNan() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT32);
    planted.floats("layers.2", values -> values[5 * WIDTH + 7] = Float.NaN);

    TraceComparison found = compare(FLOAT32, planted);

    assertFault(found, "layers.2", Judgement.NAN, "row 5, element 7 is ");
    assertThat(found.cause().orElseThrow().what()).contains("1 of 6,880 elements");
  }

  @Test
  void oneRoundingOfOneElement() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT16);
    planted.bits("layers.0", 3 * WIDTH + 1, planted.bits("layers.0", 3 * WIDTH + 1) ^ 1);

    TraceComparison found = compare(FLOAT16, planted);

    assertThat(found.verdict()).isEqualTo(Verdict.WITHIN_ROUNDING);
    assertThat(found.first().orElseThrow().judgement()).isEqualTo(Judgement.ONE_ROUNDING);
    assertThat(found.first().orElseThrow().what()).startsWith("row 3, element 1 is ");
    assertThat(found.first().orElseThrow().stage()).isEqualTo("layers.0");
  }

  @Test
  void anElementThatIsFarAwayIsNoRounding() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT32);
    planted.floats("norm", values -> values[2 * WIDTH + 9] += 0.01f);

    TraceComparison found = compare(FLOAT32, planted);

    assertFault(found, "norm", Judgement.OTHER, "only this element differs");
  }

  @Test
  void productsOfFewerBitsThanFloat32() throws IOException {
    PlantedTrace planted =
        PlantedTrace.of(FLOAT32)
            .floats(
                "logits",
                values -> {
                  for (int i = 0; i < values.length; i++) {
                    values[i] = Math.fma(values[i], i % 3 * 0x1p-12f, values[i]);
                  }
                });

    TraceComparison found = compare(FLOAT32, planted);

    assertFault(found, "logits", Judgement.ROUNDED_ELSEWHERE, "TF32");
  }

  @Test
  void anInfinityWhereTheOtherIsFinite() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT16).bits("layers.0", 2 * WIDTH + 4, 0x7C00);

    TraceComparison found = compare(FLOAT16, planted);

    assertFault(found, "layers.0", Judgement.OVERFLOW, "row 2, element 4 is ");
    assertThat(found.cause().orElseThrow().what()).contains("Infinity in B");
    assertThat(ComparisonText.of(found))
        .startsWith("DIFFERENT from layers.0, row 2, element 4 on: overflow.\n");
  }

  @Test
  void scoresThatOverflowInOneAlone() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT16).with("attention.1.nonfinite", DType.I32, 0, 4);

    TraceComparison found = compare(FLOAT16, planted);

    assertFault(found, "attention.1.nonfinite", Judgement.OVERFLOW, "is infinite in A alone");
  }

  @Test
  void anotherPrompt() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT32).integers("input_ids", ids -> ids[35]++);

    TraceComparison found = compare(FLOAT32, planted);

    assertFault(found, "input_ids", Judgement.PROMPT, "token 35 is ");
    TraceComparison longer =
        TraceComparison.of(
            PlantedTrace.golden("text-only.float32.eager"), PlantedTrace.golden(FLOAT32));
    assertThat(longer.cause().orElseThrow().judgement()).isEqualTo(Judgement.PROMPT);
  }

  @Test
  void anotherPicture() throws IOException {
    PlantedTrace planted =
        PlantedTrace.of(FLOAT32)
            .floats(
                "pixel_values",
                values -> {
                  for (int i = 0; i < values.length / 2; i++) { // Upside down, so to say.
                    float other = values[values.length - 1 - i];
                    values[values.length - 1 - i] = values[i];
                    values[i] = other;
                  }
                });

    TraceComparison found = compare(FLOAT32, planted);

    assertFault(found, "pixel_values", Judgement.PICTURE, "picture");
  }

  @Test
  void aPictureOfAnotherSize() throws IOException {
    TraceComparison found = TraceComparison.of(trace(112, 112), trace(112, 140));

    assertFault(found, "input_ids", Judgement.PICTURE, "the pictures take other numbers of tokens");
  }

  @Test
  void aTraceThatEndsEarly() throws IOException {
    PlantedTrace planted =
        PlantedTrace.of(FLOAT32).without("layers.2", "layers.3", "norm", "logits");

    TraceComparison found = compare(FLOAT32, planted);

    assertThat(found.verdict()).isEqualTo(Verdict.INCOMPLETE);
    assertThat(found.onlyIn("A")).containsExactly("layers.2", "layers.3", "norm", "logits");
    assertThat(ComparisonText.of(found))
        .startsWith(
            "INCOMPLETE: B lacks 4 stages, the first of them layers.2; what both hold is the same.\n");
  }

  @Test
  void aStageWithFewerRows() throws IOException {
    TraceComparison found = compare(FLOAT32, PlantedTrace.of(FLOAT32).shortened("layers.1", 3));

    assertFault(found, "layers.1", Judgement.SHAPE, "43 rows in A and 40 in B");
  }

  @Test
  void whatFollowsAFaultIsNotJudged() throws IOException {
    PlantedTrace planted =
        PlantedTrace.of(FLOAT32)
            .floats("layers.1", values -> values[0] += 1)
            .floats("layers.3", values -> values[0] += 1);

    TraceComparison found = compare(FLOAT32, planted);

    assertThat(found.cause().orElseThrow().stage()).isEqualTo("layers.1");
    assertThat(found.stages())
        .filteredOn(s -> s.stage().equals("layers.3"))
        .extracting(StageComparison::judgement)
        .containsExactly(Judgement.FOLLOWS);
  }

  private static void assertFault(
      TraceComparison found, String stage, Judgement judgement, String what) {
    assertThat(found.verdict()).isEqualTo(Verdict.DIFFERENT);
    StageComparison cause = found.cause().orElseThrow();
    assertThat(cause.judgement()).isEqualTo(judgement);
    assertThat(cause.stage()).isEqualTo(stage);
    assertThat(cause.what()).contains(what);
  }

  private TraceComparison compare(String golden, PlantedTrace planted) throws IOException {
    return TraceComparison.of(
        PlantedTrace.golden(golden), planted.to(folder.resolve("planted.safetensors")));
  }

  /** The trace of the prompt of {@link #FLOAT32}. */
  private Path trace(ModelFiles files, NumericsProfile profile) throws IOException {
    Prompt prompt =
        new ReferenceRuns("captioner")
            .cases().stream()
                .filter(c -> c.name().equals("scene-001"))
                .findFirst()
                .orElseThrow()
                .prompt();
    return trace("trace", files, profile, prompt);
  }

  /** The trace of a black picture. */
  private Path trace(int width, int height) throws IOException {
    Prompt prompt =
        Prompt.create()
            .image(RgbImage.of(width, height, new byte[width * height * 3]))
            .text("Describe this image.");
    return trace("black" + height, BuiltInModel.files(), NumericsProfile.FLOAT32, prompt);
  }

  private Path trace(String name, ModelFiles files, NumericsProfile profile, Prompt prompt)
      throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    try (Qwen2Vl model = Qwen2Vl.load(files, LoadOptions.defaults().noCache().profile(profile));
        TraceRecorder stages = new TraceRecorder()) {
      model.trace(prompt, GenerationOptions.greedy(), stages);
      SafetensorsWriter.write(
          file, stages.stages(), Map.of("dtype", profile.computeName(), "attention", "eager"));
    }
    return file;
  }
}

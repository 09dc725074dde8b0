package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.io.Json;
import dev.loupe.io.Sha256;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.ScoreScaling;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A receipt: what changes which part of it, and what changes nothing. */
class ReceiptTest {
  private static final GenerationOptions OPTIONS =
      GenerationOptions.greedy().maxNewTokens(6).sample(7).temperature(1.5);
  private static final String QUESTION = "What is in this picture?";

  private static final LoadOptions LOAD = LoadOptions.defaults().noCache();
  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.load(BuiltInModel.files(), LOAD);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static RgbImage picture() throws IOException {
    return PictureFiles.decode(TestFiles.scene("scene-001"));
  }

  private static Prompt prompt(RgbImage picture, String question) {
    return Prompt.create().image(picture).text(question);
  }

  private static Receipt receipt(
      ModelFiles files, LoadOptions load, Prompt prompt, GenerationOptions options)
      throws IOException {
    try (Qwen2Vl other = Qwen2Vl.load(files, load)) {
      return Receipts.of(files, load).answer(other, prompt, options).receipt().orElseThrow();
    }
  }

  private static Receipt receipt(Prompt prompt, GenerationOptions options) throws IOException {
    return Receipts.of(BuiltInModel.files(), LOAD)
        .answer(model, prompt, options)
        .receipt()
        .orElseThrow();
  }

  /** The fields of {@code other} that differ. */
  private static List<String> changed(Receipt one, Receipt other) {
    Map<String, Object> before = one.fields();
    return other.fields().entrySet().stream()
        .filter(field -> !field.getValue().equals(before.get(field.getKey())))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void theHashOfTheLogitsIsThatOfTheirBytesStepByStep() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    Prompt prompt = prompt(picture(), QUESTION);
    Generation answer =
        model.generate(
            prompt,
            OPTIONS,
            TokenListener.NONE,
            (stage, value) -> {
              if (stage.equals(StageId.LOGITS)) {
                for (long i = 0; i < value.shape().elements(); i++) {
                  bytes.putFloat(value.segment().get(Tensor.FLOAT, 4 * i));
                }
              }
            });
    byte[] all = new byte[bytes.flip().remaining()];
    bytes.get(all);

    assertThat(receipt(prompt, OPTIONS).logits()).isEqualTo(Sha256.hex(all));
    assertThat(all).hasSize(answer.tokens().size() * 4 * model.config().text().vocabSize());
  }

  @Test
  void threadsAndABatchChangeNothing() throws IOException {
    Prompt prompt = prompt(picture(), QUESTION);
    Receipt alone = receipt(prompt, OPTIONS);
    LoadOptions load = LOAD.threads(1);
    Map<Integer, Receipt> batch = new HashMap<>();
    try (Qwen2Vl single = Qwen2Vl.load(BuiltInModel.files(), load)) {
      Receipts receipts = Receipts.of(BuiltInModel.files(), load);
      List<ReceiptWatch> watches = new ArrayList<>();
      List<BatchRequest<Integer>> requests = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Prompt each = i == 1 ? prompt : prompt(picture(), "Question " + i);
        watches.add(receipts.watch(Asked.of(each), OPTIONS));
        requests.add(
            new BatchRequest<>(
                i, () -> each, OPTIONS, TokenListener.NONE.watchedBy(watches.getLast())));
      }
      single.generateAll(
          3,
          requests.iterator(),
          new BatchListener<>() {
            @Override
            public void completed(Integer key, Generation answer) {
              batch.put(key, watches.get(key).receipted(answer).receipt().orElseThrow());
            }

            @Override
            public void failed(Integer key, Exception reason) {
              throw new AssertionError(reason);
            }
          });
    }

    assertThat(batch.get(1)).isEqualTo(alone);
    assertThat(batch.get(1).hash()).isEqualTo(alone.hash());
    assertThat(batch.get(0).hash()).isNotEqualTo(alone.hash());
  }

  /** Scalar kernels and all widths of vectors have to give this; other builds repeat the test. */
  @Test
  void theHashIsTheSameOnEveryMachine() throws IOException {
    assertThat(receipt(prompt(picture(), QUESTION), GenerationOptions.greedy()).hash())
        .isEqualTo("15b83fa235787d5d4e6bfbfda8fda30547a70b753b3fd8f7b526e2c1b98d3919");
  }

  @Test
  void eachPartSaysWhatWasChanged() throws IOException {
    Receipt before = receipt(prompt(picture(), QUESTION), OPTIONS);

    byte[] samples = picture().toByteArray();
    samples[100] ^= 64;
    RgbImage other = RgbImage.of(picture().width(), picture().height(), samples);
    assertThat(changed(before, receipt(prompt(other, QUESTION), OPTIONS)))
        .containsExactly("picture", "logits", "hash");
    assertThat(changed(before, receipt(prompt(picture(), "What is it?"), OPTIONS)))
        .contains("prompt", "logits", "hash")
        .doesNotContain("picture", "settings", "model");
    assertThat(changed(before, receipt(prompt(picture(), QUESTION), OPTIONS.temperature(1.25))))
        .startsWith("options", "settings")
        .endsWith("hash")
        .doesNotContain("picture", "prompt", "model", "profile");
    Receipt seven = receipt(prompt(picture(), QUESTION), OPTIONS.maxNewTokens(7));
    assertThat(changed(before, seven))
        .containsExactly("options", "settings", "tokens", "logits", "hash");
  }

  @Test
  void aWeightChangesTheModelAndTheLogits() throws IOException {
    Receipt before = receipt(prompt(picture(), QUESTION), OPTIONS);
    byte[] weights;
    try (InputStream in = BuiltInModel.files().open("model.safetensors")) {
      weights = in.readAllBytes();
    }
    weights[weights.length - 2] ^= 64; // The last weight, not its sign or exponent.
    ModelFiles changed = new ChangedModel().with("model.safetensors", weights);

    Receipt after = receipt(changed, LOAD, prompt(picture(), QUESTION), OPTIONS);

    assertThat(changed(before, after))
        .startsWith("model", "settings")
        .contains("logits", "hash")
        .doesNotContain("picture", "prompt", "profile", "options");
  }

  @Test
  void anotherTokenOrEndIsAnotherAnswer() {
    Receipts receipts = new Receipts("m", NumericsProfile.FLOAT32);
    Asked asked = Asked.of(Prompt.of("a"));
    List<String> hashes = new ArrayList<>();
    for (FinishReason reason : List.of(FinishReason.STOP, FinishReason.LENGTH)) {
      for (List<Integer> tokens : List.of(List.of(1, 23), List.of(12, 3), List.of(1, 23, 4))) {
        Generation answer =
            new Generation(
                "text",
                tokens,
                reason,
                0,
                0,
                0,
                List.of(),
                new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO));
        hashes.add(receipts.watch(asked, OPTIONS).receipted(answer).receipt().orElseThrow().hash());
      }
    }
    assertThat(hashes).doesNotHaveDuplicates().allMatch(hash -> hash.matches("[0-9a-f]{64}"));
  }

  @Test
  void aReceiptClaimsNoArithmeticButThatOfItsAnswer() {
    Receipts receipts = new Receipts("m", NumericsProfile.FLOAT16_EAGER);
    assertThatThrownBy(() -> receipts.answer(model, Prompt.of("a"), OPTIONS))
        .hasMessage("receipts: expected a model in float16 eager, found " + model.profile());
  }

  @Test
  void twoConversationsWithTheSameTextDiffer() {
    assertThat(
            List.of(
                Asked.of(Prompt.of("ab")),
                Asked.of(Prompt.of("a").text("b")),
                Asked.of(Prompt.create().system("a").text("b")),
                Asked.of(Prompt.of("a").assistant("b").text("")),
                Asked.of(Prompt.of("a\n1 b"))))
        .extracting(Asked::prompt)
        .doesNotHaveDuplicates();
  }

  @Test
  void whatIsWrittenIsReadBack() {
    List<GenerationOptions> options =
        List.of(
            GenerationOptions.greedy(),
            OPTIONS,
            GenerationOptions.ofModel(1L << 40),
            GenerationOptions.greedy()
                .sample(-3)
                .maxNewTokens(9)
                .minNewTokens(2)
                .stop("a", "b\n")
                .repetitionGuard(5)
                .minPixels(784)
                .maxPixels(7840)
                .detail(Detail.LOW)
                .temperature(0.1)
                .topK(3)
                .topP(1.0 / 3)
                .minP(0.05)
                .repetitionPenalty(1.1)
                .remedy(SamplingRemedy.PROBABILITY_FLOOR)
                .check(false));
    List<NumericsProfile> profiles =
        List.of(
            NumericsProfile.FLOAT32,
            NumericsProfile.of(DType.BF16, AttentionKind.SDPA),
            NumericsProfile.FLOAT16_EAGER.with(ScoreRemedy.SCALE_FIRST).with(ScoreScaling.DIVISION),
            NumericsProfile.FLOAT16_EAGER.with(
                Accumulation.of(TensorCore.HOPPER).withAccumulator(DType.F16).forAttention()));
    assertThat(options.stream().flatMap(each -> each.values().keySet().stream()).distinct())
        .as("a receipt holds no settings as a whole: what they set is set one by one")
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(GenerationOptions.Key.values())
                .filter(key -> key != GenerationOptions.Key.SAMPLING)
                .map(GenerationOptions.Key::toString)
                .toList());
    for (GenerationOptions each : options) {
      for (NumericsProfile profile : profiles) {
        Receipt receipt = new Receipt("m", profile, each, new Asked("p", "q"), "t", "l");
        byte[] json = Json.write(receipt.fields()).getBytes(StandardCharsets.UTF_8);
        assertThat(Receipt.of(Json.read(json).values())).isEqualTo(receipt);
      }
    }
  }

  @Test
  void aReceiptThatIsNoneSaysWhatIsMissing() {
    Map<String, Object> fields =
        new HashMap<>(
            new Receipt("m", NumericsProfile.FLOAT32, OPTIONS, new Asked("p", "q"), "t", "l")
                .fields());
    fields.put("options", Map.of("topM", 3));
    assertThatThrownBy(() -> Receipt.of(fields))
        .hasMessage("options.topM: expected no option that cannot be read back, found 3");
    fields.remove("logits");
    fields.put("options", Map.of());
    assertThatThrownBy(() -> Receipt.of(fields))
        .hasMessage("logits: expected a string, found nothing");
    fields.put("version", 2);
    assertThatThrownBy(() -> Receipt.of(fields))
        .hasMessage("version: expected 1, found 2; another version of Loupe reads it");
  }
}

package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.inspect.ModelInspection;
import dev.loupe.engine.inspect.TensorInventory;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorStatistics;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What quantising tools leave in a checkpoint beside quantised layers, on the built-in model. */
class QuantisedModelTest {
  private static final int INNER = 448;
  private static final String O_BIAS = "model.layers.0.self_attn.o_proj.bias";
  private static final String HEAD = "lm_head.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir private Path folder;

  private AwqCaptioner awq() throws IOException {
    return new AwqCaptioner(folder, INNER);
  }

  private static Prompt prompt() throws IOException {
    return Prompt.create().image(TestFiles.scene("scene-000")).text("Describe this image.");
  }

  private static float[] logits(ModelFiles files) throws IOException {
    return logits(files, NumericsProfile.FLOAT32);
  }

  private static float[] logits(ModelFiles files, NumericsProfile profile) throws IOException {
    LoadOptions options = LoadOptions.defaults().noCache().profile(profile);
    try (Qwen2Vl model = Qwen2Vl.load(files, options);
        TraceRecorder trace = new TraceRecorder()) {
      model.trace(prompt(), GenerationOptions.greedy().check(false), trace);
      return trace.stages().get("logits").toFloats();
    }
  }

  private static String text(ModelFiles files, NumericsProfile profile) throws IOException {
    LoadOptions options = LoadOptions.defaults().noCache().profile(profile);
    try (Qwen2Vl model = Qwen2Vl.load(files, options)) {
      GenerationOptions greedy = GenerationOptions.greedy().maxNewTokens(24).check(false);
      return model.generate(prompt(), greedy).text();
    }
  }

  @Test
  void aQuantisedModelFailsInFloat16AndNotInFloat32() throws IOException {
    ModelFiles files = awq().files();
    assertThat(text(files, NumericsProfile.FLOAT32)).startsWith("A small purple square");
    assertThat(text(files, NumericsProfile.FLOAT16_EAGER)).matches("!+");
  }

  @Test
  void paddedRowsAndColumnsChangeNoBit() throws IOException {
    float[] padded = logits(new AwqCaptioner(folder, INNER + 64).files());
    assertThat(padded).isEqualTo(logits(awq().files()));
  }

  @Test
  void aBiasOfZerosIsLeftOutAndAnotherIsAdded() throws IOException {
    float[] without = logits(awq().files());
    assertThat(logits(awq().with(O_BIAS, 0, 160).files())).isEqualTo(without);
    assertThat(logits(awq().with(O_BIAS, 0.5f, 160).files())).isNotEqualTo(without);
    assertThat(inspection(awq().with(O_BIAS, 0, 160).files()).sections())
        .doesNotContainKey("unused_tensors");
    assertThatThrownBy(() -> logits(awq().with(O_BIAS, 0, 161).files()))
        .hasMessageStartingWith(O_BIAS + ": expected F32, BF16 or F16 [160], found F32 [161] in");
  }

  @Test
  void aCopyOfTheEmbeddingAsHeadIsIgnored() throws IOException {
    AwqCaptioner copied = awq();
    copied.with(HEAD, copied.tensor(EMBEDDING));
    assertThat(logits(copied.files())).isEqualTo(logits(awq().files()));
  }

  @Test
  void whereTheConfigurationDoesNotTieTheStoredHeadDecides() throws IOException {
    String flag = "\"tie_word_embeddings\": true,";
    float[] tied = logits(awq().files());
    assertThat(logits(awq().configured(flag, "").files())).isEqualTo(tied);

    AwqCaptioner untied = awq().configured(flag, "");
    Tensor table = untied.tensor(EMBEDDING);
    float[] negated = table.toFloats();
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -negated[i];
    }
    try (Arena arena = Arena.ofShared()) {
      untied.with(HEAD, Tensor.ofFloats(arena, negated, table.shape().toArray()));
      assertThat(logits(untied.files())).isNotEqualTo(tied);
    }
    ModelFiles headless = awq().configured(flag, flag.replace("true", "false")).files();
    assertThatThrownBy(() -> logits(headless))
        .hasMessageStartingWith("lm_head.weight: expected in ");
  }

  @Test
  void anInspectionSaysWhatIsQuantisedAndFindsNothingWrong() throws IOException {
    ModelInspection inspection = inspection(awq().files());
    assertThat(inspection.problems()).isEmpty();
    assertThat(inspection.notes()).isEmpty();
    assertThat(inspection.sections()).doesNotContainKey("unused_tensors");
    // 276,480 weights in each of four layers, in 4 bits, and 20 bits for 32 of them.
    long stored = 4 * 276_480 / 2 + 4 * 276_480 / 32 * 5 / 2;
    // 1,280 outputs of a layer have 160 inputs and 160 have 448: blocks of 40 bytes for each 64.
    long kept = 4 * (1_280 * 3 * 40 + 160 * 7 * 40);
    long head = 464 * 160 * 4;
    assertThat(inspection.sections().get("quantization"))
        .containsAllEntriesOf(
            Map.of(
                "format",
                List.of("AWQ (gemm)"),
                "bits",
                List.of(4),
                "group_size",
                List.of(32),
                "quantised_layers",
                28,
                "not_quantised",
                List.of(
                    "model.embed_tokens", "visual.blocks", "visual.merger", "visual.patch_embed"),
                "stored_bytes_per_token",
                stored + head,
                "float32_bytes_per_token",
                kept + head,
                "half_bytes_per_token",
                4 * 276_480 * 2L + head / 2));
  }

  @Test
  void anInspectionNamesEveryMatrixOfAnotherShape() throws IOException {
    String width = "\"intermediate_size\": ";
    ModelInspection inspection = inspection(awq().configured(width + "448", width + "480").files());
    assertThat(inspection.sections()).containsKey("quantization");
    assertThat(String.join("\n", inspection.problems()))
        .contains("gate_proj.weight: expected [480, 160], found [448, 160]")
        .contains("up_proj.weight: expected ")
        .contains("down_proj.weight: expected ");
  }

  private static ModelInspection inspection(ModelFiles files) {
    ModelInspection inspection = new ModelInspection(files, Exception::getMessage);
    inspection.tensors(() -> {
      try (ModelWeights weights = files.openWeights()) {
        return TensorInventory.of(weights, false, bytes -> {});
      }
    });
    return inspection;
  }

  @Test
  void whatIsWrongIsAProblemOfTheInspectionToo() throws IOException {
    AwqCaptioner broken = awq();
    try (Arena arena = Arena.ofShared()) {
      broken.with("model.layers.2.mlp.up_proj.qzeros", Tensor.allocate(arena, DType.I32, 5, 55));
      assertThat(inspection(broken.files()).problems())
          .containsExactly(
              "model.layers.2.mlp.up_proj.qzeros: expected I32 [5, 56], since the scales are "
                  + "[5, 448], found I32 [5, 55] in model.safetensors; the file is damaged, fetch it "
                  + "again");
    }
    ModelFiles marlin = awq().configured("gemm", "marlin").files();
    assertThat(inspection(marlin).problems())
        .singleElement()
        .asString()
        .startsWith("config.json: quantization_config.version: expected gemm, found \"marlin\";");
    assertThatThrownBy(() -> logits(marlin)).hasMessageStartingWith("config.json: quantization_c");
  }

  @Test
  void anObserverSeesTheProductBeforeTheBiasAndChangesNoBit() throws IOException {
    ModelFiles files = awq().files();
    NumericsProfile half = NumericsProfile.of(DType.F16, AttentionKind.SDPA);
    List<String> seen = new ArrayList<>();
    LoadOptions options = LoadOptions.defaults().noCache().profile(half);
    try (Qwen2Vl model = Qwen2Vl.load(files, options);
        TraceRecorder trace = new TraceRecorder()) {
      NumericsTrace both = NumericsTrace.all(List.of(trace, new Operations(seen)));
      model.trace(prompt(), GenerationOptions.greedy(), both);
      assertThat(trace.stages().get("logits").toFloats()).isEqualTo(logits(files, half));
    }
    assertThat(seen)
        .contains("model.layers.0.self_attn.q_proj.before_bias", "model.layers.0.mlp.up_proj")
        .containsSubsequence(
            "model.layers.3.self_attn.v_proj.before_bias", "model.layers.3.self_attn.v_proj")
        .doesNotContain("model.layers.0.self_attn.o_proj.before_bias");
  }

  /** Notes the names of operations. */
  private record Operations(List<String> names) implements NumericsTrace {

    @Override
    public void stage(StageId stage, Tensor value) {}

    @Override
    public boolean wantsOperations() {
      return true;
    }

    @Override
    public void operation(OperationId operation, TensorStatistics statistics) {
      names.add(operation.toString());
    }
  }
}

package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsFile;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.jr.ob.JSON;

/**
 * Small models that merge 1 and 4 x 4 patches into a token, from the picture to the logits, against
 * transformers 5.18 in float32 (torch 2.13, eager attention): a picture of 50 x 30 and a clip of
 * four frames of 70 x 20, weights by rule.
 */
class MergeSizeParityTest {

  /** As in {@link CaptionerParityTest}: float32 sums in two orders. */
  private static final double ORDER_OF_ADDITIONS = 2e-5;

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void everyStageIsThatOfTransformers(int mergeSize) throws IOException {
    try (Qwen2Vl model = load(mergeSize, mergeSize);
        SafetensorsFile golden = golden(mergeSize);
        TraceRecorder ours = new TraceRecorder()) {
      Prompt prompt =
          Prompt.create()
              .image(picture(0, 50, 30))
              .clip(IntStream.rangeClosed(1, 4).mapToObj(f -> picture(f, 70, 20)).toList())
              .text("Describe both.");
      model
          .with(model.profile().with(AttentionKind.EAGER))
          .trace(prompt, GenerationOptions.greedy(), ours);
      assertThat(golden.entries().keySet())
          .containsExactlyInAnyOrder(
              "input_ids", "position_ids", "grid_thw", "pixel_values", "visual.merger", "logits");
      for (String stage : golden.entries().keySet()) {
        assertStage(stage, golden.tensor(stage), ours.stages().get(stage));
      }
    }
  }

  private static void assertStage(String stage, Tensor golden, Tensor ours) {
    if (golden.dtype() == DType.I64 || stage.equals("pixel_values")) {
      assertThat(ours.shape()).as(stage).isEqualTo(golden.shape());
      assertThat(ours.segment().mismatch(golden.segment())).as(stage).isEqualTo(-1);
    } else {
      double difference = ReferenceRuns.relativeDifference(golden, ours);
      System.out.printf("merge size float32 %-20s %.1e%n", stage, difference);
      assertThat(difference).as(stage).isLessThan(ORDER_OF_ADDITIONS);
    }
  }

  @Test
  void aProcessorThatMergesOtherwiseThanTheTowerIsRefused() {
    assertThatThrownBy(() -> load(4, 1))
        .isInstanceOf(IOException.class)
        .hasMessage("preprocessor_config.json: expected the merge_size 4 of config.json, found 1");
  }

  private static Qwen2Vl load(int tower, int processor) throws IOException {
    return Qwen2Vl.load(new SmallModel(tower, processor), LoadOptions.defaults().noCache());
  }

  private static SafetensorsFile golden(int mergeSize) throws IOException {
    String name = "/merge-size/%d.safetensors".formatted(mergeSize);
    try (InputStream in = MergeSizeParityTest.class.getResourceAsStream(name)) {
      return SafetensorsFile.read(name, in);
    }
  }

  /** Frame {@code f} of the recipe that the golden run used. */
  private static RgbImage picture(int f, int width, int height) {
    byte[] samples = new byte[width * height * 3];
    for (int i = 0; i < samples.length; i++) {
      int c = i % 3;
      int x = i / 3 % width;
      int y = i / 3 / width;
      samples[i] = (byte) (x * x * 3 + y * 7 * (c + 1) + x * y + 29 * c + 57 * f);
    }
    return RgbImage.of(width, height, samples);
  }

  /** One block and one layer, the captioner's tokenizer, and two opinions of the merge size. */
  private record SmallModel(int tower, int processor) implements ModelFiles {

    private Map<String, Map<String, Object>> json() {
      Map<String, Object> vision =
          Map.of(
              "depth", 1,
              "embed_dim", 32,
              "mlp_ratio", 4,
              "num_heads", 2,
              "hidden_size", 64,
              "patch_size", 4,
              "spatial_merge_size", tower,
              "temporal_patch_size", 2);
      Map<String, Object> config =
          Map.ofEntries(
              Map.entry("model_type", "qwen2_vl"),
              Map.entry("vocab_size", 464),
              Map.entry("hidden_size", 64),
              Map.entry("intermediate_size", 96),
              Map.entry("num_hidden_layers", 1),
              Map.entry("num_attention_heads", 2),
              Map.entry("num_key_value_heads", 1),
              Map.entry("max_position_embeddings", 2048),
              Map.entry("rms_norm_eps", 1e-6),
              Map.entry("rope_theta", 1e6),
              Map.entry("rope_scaling", Map.of("mrope_section", List.of(4, 6, 6))),
              Map.entry("tie_word_embeddings", true),
              Map.entry("eos_token_id", 445),
              Map.entry("image_token_id", 455),
              Map.entry("video_token_id", 456),
              Map.entry("vision_config", vision));
      Map<String, Object> preprocessor =
          Map.of("min_pixels", 16, "max_pixels", 700, "patch_size", 4, "merge_size", processor);
      return Map.of("config.json", config, "preprocessor_config.json", preprocessor);
    }

    @Override
    public String name() {
      return "small";
    }

    @Override
    public String location() {
      return "small";
    }

    @Override
    public boolean has(String file) {
      return json().containsKey(file)
          || (!file.equals("generation_config.json") && BuiltInModel.files().has(file));
    }

    @Override
    public InputStream open(String file) throws IOException {
      return json().containsKey(file)
          ? new ByteArrayInputStream(JSON.std.asBytes(json().get(file)))
          : BuiltInModel.files().open(file);
    }

    @Override
    public ModelWeights openWeights() throws IOException {
      return new SyntheticWeights(ModelDefinition.of(ModelParts.config(this)).tensors(), 1);
    }
  }
}

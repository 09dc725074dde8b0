package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.vision.VisionConfig;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code config.json} may say. */
class Qwen2VlConfigTest {

  /** The classes' defaults of transformers 5.17, which {@code save_pretrained} leaves out. */
  private static final VisionConfig DEFAULT_TOWER =
      new VisionConfig(32, 1280, 8192, 4, 16, 3, 14, 2, 2);

  private static Qwen2VlConfig of(String json) throws IOException {
    return ModelParts.config(new ChangedModel().with("config.json", json));
  }

  @Test
  void whatIsLeftOutHasTheDefaultsOfTransformersInTheFlatLayout() throws IOException {
    Qwen2VlConfig config =
        of("{\"model_type\":\"qwen2_vl\",\"vision_config\":{\"hidden_size\":8192}}");
    assertThat(config.vision()).isEqualTo(DEFAULT_TOWER);
    assertThat(config.text())
        .isEqualTo(
            new TextConfig(
                152064, 8192, 29568, 80, 64, 8, 32768, 1e-5f, 1e6, List.of(16, 24, 24), false));
    assertThat(config.eosTokenIds()).containsExactly(151645);
    assertThat(config.imageTokenId()).isEqualTo(151655);
    assertThat(config.videoTokenId()).isEqualTo(151656);
  }

  @Test
  void whatIsLeftOutHasTheDefaultsOfTransformersInTheNestedLayout() throws IOException {
    Qwen2VlConfig config =
        of(
            """
            {"model_type": "qwen2_vl", "text_config": {"num_hidden_layers": 28, "hidden_size": 3584,
             "intermediate_size": 18944, "num_attention_heads": 28, "num_key_value_heads": 4,
             "rms_norm_eps": 1e-6}, "vision_config": {}}
            """);
    assertThat(config.vision()).isEqualTo(new VisionConfig(32, 1280, 3584, 4, 16, 3, 14, 2, 2));
    assertThat(config.text().vocabSize()).isEqualTo(152064);
    assertThat(config.text().numHiddenLayers()).isEqualTo(28);
  }

  /** As {@code Qwen2VLTextConfig} has it for configurations older than grouped queries. */
  @Test
  void nullAsTheNumberOfKeyHeadsMeansAllHeads() throws IOException {
    String json = "{\"num_key_value_heads\":null,\"vision_config\":{\"hidden_size\":8192}}";
    assertThat(of(json).text().numKeyValueHeads()).isEqualTo(64);
  }

  @Test
  void aTowerThatDoesNotFitTheDecoderIsRefusedWithTheWidthItHas() {
    assertThatThrownBy(() ->
            of(
                "{\"hidden_size\":1536,\"num_attention_heads\":12,"
                    + "\"num_key_value_heads\":2,\"vision_config\":{}}"))
        .hasMessage(
            "config.json: vision_config.hidden_size: expected the decoder's hidden_size 1536, "
                + "found 3584");
  }

  @Test
  void aTextModelIsRefused() {
    assertThatThrownBy(() -> of("{\"model_type\":\"qwen2\"}")).hasMessageContaining("model_type");
    assertThatThrownBy(() -> of("{}")).hasMessageContaining("text-only Qwen2?");
  }

  @Test
  void theOlderNameOfTheRotationComesFirstAsInTransformers() throws IOException {
    Qwen2VlConfig config =
        of(
            """
            {"rope_scaling": {"rope_theta": 5000.0}, "rope_parameters": {"rope_theta": 7000.0},
             "rope_theta": 9000.0, "vision_config": {"hidden_size": 8192}}
            """);
    assertThat(config.text().ropeTheta()).isEqualTo(5000);
  }

  @ParameterizedTest
  @CsvSource({
    "num_hidden_layers, 2147483647, 'num_hidden_layers: expected 1 to 1000, found 2147483647'",
    "num_hidden_layers, 0, num_hidden_layers",
    "num_hidden_layers, null, 'num_hidden_layers: expected an integer, found null'",
    "num_attention_heads, 1073741824, num_attention_heads",
    "num_attention_heads, 2147483647, num_attention_heads",
    "num_key_value_heads, 0, num_key_value_heads",
    "num_key_value_heads, 7, num_key_value_heads",
    "vocab_size, 2147483647, vocab_size",
    "vocab_size, -1, vocab_size",
    "hidden_size, 2147483647, hidden_size",
    "hidden_size, 8193, hidden_size",
    "intermediate_size, 2147483647, intermediate_size",
    "max_position_embeddings, 0, max_position_embeddings",
    "rms_norm_eps, -1e-6, rms_norm_eps",
    "rms_norm_eps, 1e308, rms_norm_eps",
    "rms_norm_eps, 1e999, rms_norm_eps",
    "rope_theta, 0, rope_theta",
    "rope_theta, -10000, rope_theta",
    "rope_theta, 1e-320, rope_theta",
    "use_sliding_window, true, use_sliding_window",
    "hidden_act, '\"gelu\"', hidden_act",
    "rope_scaling, '{\"mrope_section\":[-16,40,40]}', mrope_section",
    "rope_scaling, '{\"mrope_section\":[2147483647,2147483647,66]}', mrope_section",
    "rope_scaling, '{\"rope_type\":\"yarn\"}', rope_type",
    "rope_scaling, 7, 'rope_scaling: expected an object, found 7'",
    "text_config, 7, 'text_config: expected an object, found 7'",
    "vision_config, null, vision_config"
  })
  @Timeout(60)
  void aDecoderThatCannotBeIsRefused(String field, String value, String message) {
    String tower = field.equals("vision_config") ? "" : ",\"vision_config\":{\"hidden_size\":8192}";
    assertThatThrownBy(() -> of("{\"" + field + "\":" + value + tower + "}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "depth, 2147483647, 'vision_config.depth: expected 0 to 1000, found 2147483647'",
    "depth, -1, vision_config.depth",
    "depth, null, vision_config.depth",
    "embed_dim, 2147483647, vision_config.embed_dim",
    "num_heads, 536870912, vision_config.num_heads",
    "mlp_ratio, 2147483647, vision_config.mlp_ratio",
    "mlp_ratio, 0, vision_config.mlp_ratio",
    "in_channels, 2147483647, vision_config.in_channels",
    "patch_size, 2147483647, vision_config.patch_size",
    "temporal_patch_size, 2147483647, vision_config.temporal_patch_size",
    "spatial_merge_size, 0, vision_config.spatial_merge_size",
    "spatial_merge_size, 1025, vision_config.spatial_merge_size",
    "patch_size, '1024,\"temporal_patch_size\":1024', numbers in a patch"
  })
  @Timeout(60)
  void aTowerThatCannotBeIsRefused(String field, String value, String message) {
    String json = "{\"vision_config\":{\"hidden_size\":8192,\"" + field + "\":" + value + "}}";
    assertThatThrownBy(() -> of(json))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "7", "{} x", "{\"a\":1,\"a\":2}", "{\"a\":NaN}"})
  void aFileThatIsNoObjectIsRefused(String json) {
    assertThatThrownBy(() -> of(json))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("config.json of changed: expected a JSON object, found ");
  }
}

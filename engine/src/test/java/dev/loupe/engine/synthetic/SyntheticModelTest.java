package dev.loupe.engine.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.Shape;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.jr.ob.JSON;

class SyntheticModelTest {

  private static SequencedMap<String, Shape> tensors(String name) throws IOException {
    return new SyntheticModel(name).definition().tensors();
  }

  private static long parameters(SequencedMap<String, Shape> tensors) {
    return tensors.values().stream().mapToLong(Shape::elements).sum();
  }

  @Test
  void thePublishedSizesHaveThePublishedCounts() throws IOException {
    // Tensors and parameters of the published checkpoints; the 2B's equal the total_size of its
    // index, 4,417,971,200 bytes.
    assertThat(tensors("synthetic:2b")).hasSize(729);
    assertThat(parameters(tensors("synthetic:2b"))).isEqualTo(2_208_985_600L);
    assertThat(tensors("synthetic:7b")).hasSize(730).containsKey("lm_head.weight");
    assertThat(parameters(tensors("synthetic:7b"))).isEqualTo(8_291_375_616L);
  }

  @Test
  void theWeightsAreThoseThatTheModelConsistsOf() throws IOException {
    SyntheticModel model = new SyntheticModel("synthetic:2b:layers=1:depth=1:vocab=1000");
    try (SyntheticWeights weights = model.openWeights()) {
      assertThat(weights.names()).isEqualTo(model.definition().tensors().keySet());
      assertThat(weights.stored("model.embed_tokens.weight").shape())
          .isEqualTo(Shape.of(1000, 1536));
    }
  }

  @Test
  void itTakesTheTokenizerOfAnotherModel() {
    assertThat(new SyntheticModel("synthetic:2b").bringsTokenizer()).isFalse();
  }

  @Test
  void settingsReplaceTheSizesTheyName() {
    assertThat(SyntheticShape.parse("synthetic:2b")).isEqualTo(SyntheticShape.QWEN2_VL_2B);
    assertThat(SyntheticShape.parse("synthetic:2b:layers=2:depth=3"))
        .isEqualTo(new SyntheticShape(1536, 8960, 2, 12, 2, 151936, true, 3, 1280, 16));
    assertThat(
            SyntheticShape.parse(
                "synthetic:7b:hidden=160:intermediate=448:heads=5:kv_heads=1:vocab=464:tied=true"
                    + ":layers=4:depth=4:embed_dim=128:vision_heads=4"))
        .isEqualTo(new SyntheticShape(160, 448, 4, 5, 1, 464, true, 4, 128, 4));
    assertThat(SyntheticShape.parse("synthetic:2b:tied=false").tied()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "synthetic:",
        "synthetic:3b",
        "synthetic:2b:",
        "synthetic:2b:layers",
        "synthetic:2b:layers=",
        "synthetic:2b:layers=-1",
        "synthetic:2b:layers=two",
        "synthetic:2b:layers=2=3",
        "synthetic:2b:layers=2:layers=3",
        "synthetic:2b:colour=4",
        "synthetic:2b:tied=1",
        "synthetic:2b:layers=12345678901",
        "2b",
        "synthetic"
      })
  void aMisspeltNameListsWhatIsAllowed(String name) {
    assertThatThrownBy(() -> SyntheticShape.parse(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name + ": expected synthetic:2b or synthetic:7b")
        .hasMessageContaining(
            "hidden, intermediate, layers, heads, kv_heads, vocab, tied, depth, embed_dim, "
                + "vision_heads");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "layers=0",
        "depth=0",
        "vocab=13",
        "heads=0",
        "heads=7",
        "hidden=0",
        "hidden=100",
        "kv_heads=0",
        "kv_heads=5",
        "vision_heads=0",
        "vision_heads=7",
        "embed_dim=0",
        "intermediate=0"
      })
  void sizesThatDoNotFitEachOtherAreRefused(String setting) {
    String name = "synthetic:2b:" + setting;
    assertThatThrownBy(() -> SyntheticShape.parse(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name + ": ")
        .hasMessageContainingAll("expected", "found");
  }

  @Test
  void theConfigurationIsTheFlatPublishedOne() {
    Map<String, Object> config = new SyntheticModel("synthetic:2b:layers=2:depth=4").config();
    assertThat(config)
        .containsEntry("model_type", "qwen2_vl")
        .containsEntry("torch_dtype", "bfloat16")
        .containsEntry("vocab_size", 151936)
        .containsEntry("hidden_size", 1536)
        .containsEntry("intermediate_size", 8960)
        .containsEntry("num_hidden_layers", 2)
        .containsEntry("num_attention_heads", 12)
        .containsEntry("num_key_value_heads", 2)
        .containsEntry("max_position_embeddings", 32768)
        .containsEntry("rms_norm_eps", 1e-6)
        .containsEntry("rope_theta", 1e6)
        .containsEntry(
            "rope_scaling", Map.of("type", "mrope", "mrope_section", List.of(16, 24, 24)))
        .containsEntry("tie_word_embeddings", true)
        .containsEntry("use_sliding_window", false)
        .containsEntry("bos_token_id", 151643)
        .containsEntry("eos_token_id", 151645)
        .containsEntry("vision_start_token_id", 151652)
        .containsEntry("vision_end_token_id", 151653)
        .containsEntry("image_token_id", 151655)
        .containsEntry("video_token_id", 151656);
    assertThat(config.get("vision_config"))
        .isEqualTo(
            Map.of(
                "depth", 4,
                "embed_dim", 1280,
                "mlp_ratio", 4,
                "num_heads", 16,
                "in_channels", 3,
                "hidden_size", 1536,
                "hidden_act", "quick_gelu",
                "patch_size", 14,
                "spatial_merge_size", 2,
                "temporal_patch_size", 2));
  }

  @Test
  void aSmallVocabularyEndsWithTheControlTokens() {
    Map<String, Object> config = new SyntheticModel("synthetic:2b:vocab=464").config();
    assertThat(config).containsEntry("bos_token_id", 450).containsEntry("video_token_id", 463);
  }

  @Test
  void narrowHeadsDivideTheirRotaryPairsInTheSameProportion() {
    assertThat(new SyntheticModel("synthetic:2b:hidden=384").config().get("rope_scaling"))
        .isEqualTo(Map.of("type", "mrope", "mrope_section", List.of(4, 6, 6)));
  }

  @Test
  void theFilesAreJson() throws IOException {
    SyntheticModel model = new SyntheticModel("synthetic:2b");
    try (InputStream in = model.open("config.json")) {
      assertThat(JSON.std.mapFrom(in))
          .containsEntry("rms_norm_eps", 1e-6)
          .containsEntry("num_hidden_layers", 28);
    }
    try (InputStream in = model.open("generation_config.json")) {
      assertThat(JSON.std.mapFrom(in)).containsEntry("eos_token_id", List.of(151645, 151643));
    }
    try (InputStream in = model.open("preprocessor_config.json")) {
      assertThat(JSON.std.mapFrom(in)).containsEntry("min_pixels", 3136);
    }
  }

  @Test
  void aFileItHasNotIsNamedWithThoseItHas() {
    SyntheticModel model = new SyntheticModel("synthetic:2b");
    assertThat(model.has("tokenizer.json")).isFalse();
    assertThat(model.location()).isEqualTo("synthetic:2b");
    assertThatThrownBy(() -> model.open("tokenizer.json"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("tokenizer.json: expected in synthetic:2b", "config.json");
  }
}

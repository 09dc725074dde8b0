package dev.loupe.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Fuzz;
import dev.loupe.testkit.Mutations;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged configurations are read or refused in words, and nothing else happens. */
class ConfigurationFuzzTest {
  private static final String NESTED =
      """
      {"model_type": "qwen2_vl", "tie_word_embeddings": true, "text_config": {"vocab_size": 457,
       "hidden_size": 160, "intermediate_size": 448, "num_hidden_layers": 4,
       "num_attention_heads": 5, "num_key_value_heads": 1, "rope_parameters":
       {"mrope_section": [4, 6, 6], "rope_theta": 1e6, "rope_type": "default"}},
       "vision_config": {"depth": 2, "embed_dim": 128, "hidden_size": 160, "num_heads": 4}}
      """;

  private static final String GENERATION =
      """
      {"eos_token_id": [445, 443], "do_sample": true, "temperature": 0.7, "top_k": 5, "top_p": 0.9,
       "min_p": 0.1, "repetition_penalty": 1.05, "max_new_tokens": 20, "min_new_tokens": 1,
       "stop_strings": ["END"], "typical_p": 1.0, "num_beams": 1, "bad_words_ids": null}
      """;

  private static final String PROCESSOR =
      """
      {"image_processor": {"size": {"longest_edge": 25088, "shortest_edge": 3136}, "patch_size": 14,
       "merge_size": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.3, 0.3, 0.3],
       "rescale_factor": 0.00392156862745098, "resample": 3, "do_resize": true},
       "chat_template": "x"}
      """;

  private static Qwen2VlConfig config;
  private static List<byte[]> configs;
  private static List<byte[]> preprocessors;

  @BeforeAll
  static void read() throws IOException {
    config = ModelParts.config(BuiltInModel.files());
    configs = List.of(ChangedModel.text("config.json").getBytes(UTF_8), NESTED.getBytes(UTF_8));
    preprocessors = List.of(ChangedModel.text("preprocessor_config.json").getBytes(UTF_8));
  }

  /** Of what is accepted, the tensors can be listed. */
  private static void config(byte[] json) throws IOException {
    Qwen2VlConfig read = ModelParts.config(new ChangedModel().with("config.json", json));
    try {
      ModelDefinition.of(read);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e); // Documented: sizes beyond a tensor's.
    }
  }

  private static void generation(byte[] json) throws IOException {
    ModelParts.generation(new ChangedModel().with("generation_config.json", json), config);
  }

  private static void preprocessor(byte[] json) throws IOException {
    pictures(new ChangedModel().with("preprocessor_config.json", json));
  }

  private static void processor(byte[] json) throws IOException {
    pictures(new ChangedModel().with("processor_config.json", json));
  }

  private static void pictures(ChangedModel files) throws IOException {
    assertThat(ModelNotes.of(files)).hasSizeLessThan(4);
    ImageProcessorConfig images = ModelParts.images(files, config);
    assertThat(images.patchValues()).isPositive();
  }

  private static void fuzz(long seed, long count, List<byte[]> files, Fuzz.Reader reader) {
    Fuzz fuzz = Fuzz.of(new Mutations(seed, files), count, reader);
    assertThat(fuzz.accepted()).isPositive();
    assertThat(fuzz.refused()).isGreaterThan(count / 10);
  }

  private static void all(long seed, long count) {
    fuzz(seed, count, configs, ConfigurationFuzzTest::config);
    fuzz(seed + 1, count, List.of(GENERATION.getBytes(UTF_8)), ConfigurationFuzzTest::generation);
    fuzz(seed + 2, count, preprocessors, ConfigurationFuzzTest::preprocessor);
    fuzz(seed + 3, count, List.of(PROCESSOR.getBytes(UTF_8)), ConfigurationFuzzTest::processor);
  }

  @Test
  void aDamagedConfigurationIsReadOrRefusedInWords() {
    all(1, 5_000);
  }

  @Test
  @Tag("exhaustive")
  void aMillionDamagedConfigurationsAreReadOrRefusedInWords() {
    all(5, 250_000);
  }
}

package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.io.JsonObject;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/** What {@code generation_config.json} may say. */
class GenerationConfigTest {
  private static Qwen2VlConfig config;

  @BeforeAll
  static void load() throws IOException {
    config = ModelParts.config(BuiltInModel.files());
  }

  private static GenerationConfig of(String json) throws IOException {
    return GenerationConfig.of(JsonObject.of(JSON.std.mapFrom(json)), config);
  }

  @Test
  void thePublishedFilesAreRead() throws IOException {
    GenerationConfig base =
        of(
            """
            {"bos_token_id": 151643, "pad_token_id": 151643, "do_sample": true,
             "eos_token_id": [151645, 151643], "repetition_penalty": 1.05, "temperature": 0.1,
             "top_p": 0.001, "top_k": 1, "transformers_version": "4.37.0"}
            """);
    assertThat(base.eosTokenIds()).containsExactly(151645, 151643);
    assertThat(base.sampling().repetitionPenalty()).isEqualTo(1.05);
    assertThat(base.sampling().topK()).isEqualTo(1);
    assertThat(base.unknown()).isEmpty();
    assertThat(base.maxNewTokens()).isEmpty();
  }

  @Test
  void lengthsAndStopStringsAreRead() throws IOException {
    GenerationConfig c =
        of(
            """
            {"max_new_tokens": 77, "max_length": 500, "min_length": 30, "min_new_tokens": 3,
             "stop_strings": ["END", "\\n\\n"]}
            """);
    assertThat(c.maxNewTokens()).hasValue(77);
    assertThat(c.maxLength()).hasValue(500);
    assertThat(c.minLength()).isEqualTo(30);
    assertThat(c.sampling().minNewTokens()).isEqualTo(3);
    assertThat(c.stopStrings()).containsExactly("END", "\n\n");
    assertThat(of("{\"stop_strings\": \"END\"}").stopStrings()).containsExactly("END");
  }

  @Test
  void noFileMeansWhatTransformersDoesWithoutOne() throws IOException {
    GenerationConfig none = GenerationConfig.of(JsonObject.of(Map.of()), config);
    assertThat(none.eosTokenIds()).isEqualTo(config.eosTokenIds());
    assertThat(none.sampling().doSample()).isFalse();
    assertThat(none.sampling().topK()).isEqualTo(50);
  }

  @Test
  void whatIsNotImplementedIsRefusedUnlessItIsOff() throws IOException {
    for (String on :
        List.of(
            "\"num_beams\": 4",
            "\"no_repeat_ngram_size\": 3",
            "\"bad_words_ids\": [[1]]",
            "\"forced_eos_token_id\": 5",
            "\"guidance_scale\": 1.5",
            "\"renormalize_logits\": true",
            "\"max_time\": 3.5",
            "\"watermarking_config\": {\"bias\": 2}")) {
      String name = on.substring(1, on.indexOf('"', 1));
      assertThatThrownBy(() -> of("{" + on + "}"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("generation_config.json: " + name + ": expected ")
          .hasMessageContaining("Loupe does not implement it");
    }
    of(
        """
        {"num_beams": 1, "typical_p": 1.0, "no_repeat_ngram_size": 0, "epsilon_cutoff": 0.0,
         "bad_words_ids": null, "suppress_tokens": [], "guidance_scale": null,
         "renormalize_logits": false, "length_penalty": 1.0, "use_cache": true}
        """);
  }

  /** transformers writes such files: {@code temperature 0.0} beside {@code do_sample false}. */
  @Test
  void theNumbersOfADrawAreJudgedOnlyWhereSomethingIsDrawn() throws IOException {
    GenerationConfig greedy =
        of(
            """
            {"do_sample": false, "temperature": 0.0, "top_k": -1, "top_p": 7, "min_p": -3,
             "typical_p": 0.9, "epsilon_cutoff": 0.1, "eta_cutoff": 0.1}
            """);
    assertThat(greedy.sampling().doSample()).isFalse();
    assertThat(greedy.drawRefusal()).hasValueSatisfying(why -> assertThat(why).contains("_"));
    assertThat(greedy.unknown()).isEmpty();
    assertThat(of("{\"temperature\": 0.5}").drawRefusal()).isEmpty();
    for (String drawn : List.of("\"temperature\": 0.0", "\"top_k\": -1", "\"typical_p\": 0.9")) {
      assertThatThrownBy(() -> of("{\"do_sample\": true, " + drawn + "}"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("generation_config.json: ");
    }
  }

  @Test
  void aDrawThatIsAskedForJudgesTheNumbersOfTheFile() throws IOException {
    GenerationOptions draw = GenerationOptions.greedy().maxNewTokens(1).sample(7);
    for (String file : List.of("\"temperature\": 0.0", "\"typical_p\": 0.9")) {
      String json = "{\"eos_token_id\": 445, \"do_sample\": false, " + file + "}";
      ModelFiles files = new ChangedModel().with("generation_config.json", json);
      try (Qwen2Vl model = Qwen2Vl.load(files, LoadOptions.defaults().noCache())) {
        Prompt prompt = Prompt.of("A");
        assertThat(model.generate(prompt, GenerationOptions.greedy().maxNewTokens(1)).tokens())
            .hasSizeLessThanOrEqualTo(1);
        assertThatThrownBy(() -> model.generate(prompt, draw))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(file.substring(1, file.indexOf('"', 1)) + ": expected");
      }
    }
  }

  @Test
  void wrongTypesAndRangesAreRefused() {
    Map<String, String> wrong = new HashMap<>();
    wrong.put("\"top_k\": \"many\"", "top_k: expected an integer, found \"many\"");
    wrong.put(
        "\"do_sample\": true, \"top_p\": 1.5", "top_p: expected a number from 0 to 1, found 1.5");
    wrong.put("\"do_sample\": true, \"temperature\": -1", "temperature: ");
    wrong.put("\"do_sample\": true, \"temperature\": 1e-320", "temperature: expected a number");
    wrong.put("\"temperature\": 1e999", "temperature: expected a number");
    wrong.put("\"repetition_penalty\": 0", "repetition_penalty: expected a number above 0");
    wrong.put("\"repetition_penalty\": 1e-320", "repetition_penalty: expected a number within");
    wrong.put("\"min_new_tokens\": -1", "min_new_tokens: expected 0 or more");
    wrong.put("\"max_length\": -5", "max_length: expected 0 or more, found -5");
    wrong.put("\"stop_strings\": [7]", "stop_strings[0]: expected a string, found 7");
    wrong.put(
        "\"stop_strings\": [\"a\", \"\"]",
        "stop_strings[1]: expected a string that is not empty, found \"\"");
    wrong.put(
        "\"stop_strings\": \"\"", "stop_strings: expected a string that is not empty, found \"\"");
    wrong.put("\"stop_strings\": [null]", "stop_strings[0]: expected a string, found null");
    wrong.forEach((json, message) ->
        assertThatThrownBy(() -> of("{" + json + "}"))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("generation_config.json: " + message));
  }

  @Test
  void whatNobodyKnowsIsListed() throws IOException {
    assertThat(of("{\"zeal\": 3, \"best_of\": 2, \"top_k\": 1}").unknown())
        .containsExactly("best_of", "zeal");
  }
}

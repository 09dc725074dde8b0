package dev.loupe.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.Fixtures;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.tensor.Tensor;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InspectCommandTest {

  private static final Path PICTURE = TestFiles.scene("scene-011");

  @TempDir Path folder;

  @Test
  void theBuiltInModelIsShown() {
    CommandLineRun run = CommandLineRun.of("inspect");

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines())
        .contains(
            "  name                     captioner",
            "  num_hidden_layers        4",
            "  mrope_section            4, 6, 6",
            "  max_image_tokens         32",
            "  <|image_pad|>            455")
        .anyMatch(l -> l.matches("  model.layers +BF16 +48 +1,108,096 +2,216,192"))
        .anyMatch(l -> l.matches("  all +BF16 +105 +2,471,104 +4,942,208"));
  }

  @Test
  void rangesShowTheBiasesThatOverflowInFloat16() {
    assertThat(CommandLineRun.of("inspect", "--ranges").lines())
        .anyMatch(l -> l.matches("  model.layers.\\*.self_attn.q_proj.bias .* 300"))
        .anyMatch(l -> l.matches("  model.norm.weight +BF16 +1 +160 +320 +0.6953 +1.289"));
  }

  @Test
  void theRealSizeIsShownWithoutMakingItsWeights() {
    CommandLineRun run = CommandLineRun.of("inspect", "--json", "-m", "synthetic:2b");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat((Map<?, ?>) json.get("tensors"))
        .extracting("tensors", "elements", "bytes")
        .containsExactly(729, 2_208_985_600L, 4_417_971_200L);
    assertThat(json.keySet())
        .containsExactly(
            "model",
            "config",
            "text_config",
            "vision_config",
            "generation_config",
            "pictures",
            "tokenizer",
            "tensors",
            "notes",
            "problems");
  }

  @Test
  void everyProblemOfABrokenModelIsListed() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Files.writeString(model.resolve("tokenizer.json"), "{");
    Fixtures.edit(model.resolve("preprocessor_config.json"), json -> json.put("patch_size", 16));
    Fixtures.editHeader(
        model.resolve("model.safetensors"),
        header -> {
          header.get("model.norm.weight").put("dtype", "I16");
          header.get("model.layers.0.self_attn.o_proj.weight").put("shape", List.of(25600));
          header.put("other.weight", header.remove("model.layers.1.self_attn.q_proj.bias"));
        });

    CommandLineRun run = CommandLineRun.of("inspect", "-m", model);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).contains("num_hidden_layers", "model.layers");
    assertThat(run.err())
        .contains(
            "patch_size 14",
            "tokenizer.json in " + model + ": expected JSON",
            "model.norm.weight: expected F32, BF16 or F16, found I16 in model.safetensors",
            "model.layers.0.self_attn.o_proj.weight: expected [160, 160], found [25600] in",
            "model.layers.1.self_attn.q_proj.bias: expected [160], found none among 105 tensors");
  }

  @Test
  void aTokenizerOfAnotherModelIsNoticed() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve("config.json"), json -> json.put("image_token_id", 454));

    assertThat(CommandLineRun.of("inspect", "-m", model).err())
        .contains(
            "config.json: image_token_id: expected the id of <|image_pad|> in the tokenizer, "
                + "found 454, which is <|vision_pad|>");
  }

  @Test
  void aLongListOfMissingTensorsIsCut() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve("config.json"), json -> json.put("num_hidden_layers", 5));

    assertThat(CommandLineRun.of("inspect", "-m", model).err().lines())
        .hasSize(6)
        .last()
        .isEqualTo("loupe: 7 more tensors are not as config.json calls for");
  }

  @SuppressWarnings("unchecked") // It is an object in every config.json.
  private static Map<String, Object> vision(Map<String, Object> json) {
    return (Map<String, Object>) json.get("vision_config");
  }

  @Test
  void sizesThatNoSyntheticModelHasAreComparedAsWell() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve("config.json"), json -> vision(json).put("mlp_ratio", 3));

    assertThat(CommandLineRun.of("inspect", "-m", model).err())
        .contains("visual.blocks.0.mlp.fc1.weight: expected [384, 128], found [512, 128] in model");
  }

  @Test
  void aTensorThatNoLayerAsksForIsShownAndIsNoProblem() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve("config.json"), json -> vision(json).put("depth", 3));

    CommandLineRun run = CommandLineRun.of("inspect", "-m", model);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines())
        .contains(
            "unused_tensors",
            "  count                    12",
            "  visual.blocks.3.attn.proj.bias BF16 [128] in model.safetensors");
  }

  @Test
  void weightsThatCannotBeReadAreAProblemBesideTheRest() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Files.delete(model.resolve("model.safetensors"));

    CommandLineRun run = CommandLineRun.of("inspect", "-m", model, "--json");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat(json).containsEntry("tensors", null).containsKey("special_tokens");
    assertThat((List<?>) json.get("problems")).hasSize(1);
  }

  private Path model(String file, String content) throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Files.writeString(model.resolve(file), content);
    return model;
  }

  @Test
  void whereTheSettingsOfPicturesComeFromIsShown() throws IOException {
    assertThat(CommandLineRun.of("inspect").lines())
        .contains("  settings                 preprocessor_config.json");
    Path model =
        model(
            "processor_config.json",
            "{\"image_processor\":{\"size\":{\"longest_edge\":12544,\"shortest_edge\":3136}}}");
    assertThat(CommandLineRun.of("inspect", "-m", model).lines())
        .contains(
            "  settings                 image_processor in processor_config.json",
            "  max_pixels               12544");
  }

  @Test
  void anotherTemplateAndAnAdapterAreTold() throws IOException {
    Path model = model("chat_template.jinja", "{{ messages }}");
    Files.createFile(model.resolve("adapter_config.json"));

    CommandLineRun run = CommandLineRun.of("inspect", "-m", model);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err()).isEmpty();
    assertThat(run.lines())
        .contains("notes")
        .anyMatch(line -> line.startsWith("  chat_template.jinja: expected the chat template of"))
        .anyMatch(line -> line.startsWith("  adapter_config.json: an adapter lies beside"));
  }

  @Test
  void aCaptionTellsThemOnceAndIsWritten() throws IOException {
    Path model = model("chat_template.jinja", "{{ messages }}");

    CommandLineRun run = CommandLineRun.of("caption", "-m", model, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err().lines()).hasSize(1).first().asString().contains("chat_template.jinja");
  }

  /** What a caption would be refused for, an inspection lists. */
  @ParameterizedTest
  @CsvSource({
    "config.json, num_hidden_layers, 2147483647",
    "config.json, rms_norm_eps, -1e-6",
    "config.json, max_position_embeddings, 0",
    "preprocessor_config.json, merge_size, 3",
    "preprocessor_config.json, patch_size, 2147483647",
    "generation_config.json, repetition_penalty, 0",
    "generation_config.json, num_beams, 4"
  })
  @Timeout(120)
  void anInspectionRefusesWhatACaptionRefuses(String file, String field, String value)
      throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(model.resolve(file), json -> json.put(field, Double.valueOf(value)));

    CommandLineRun caption = CommandLineRun.of("caption", "-m", model, PICTURE);
    CommandLineRun inspection = CommandLineRun.of("inspect", "-m", model);

    assertThat(caption.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(inspection.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(inspection.err()).contains(caption.error()).contains(field);
  }

  @Test
  void namesOfTensorsArePrintable() throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Path other = model.resolve("other.safetensors");
    Files.move(model.resolve("model.safetensors"), model.resolve("a.safetensors"));
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.ofFloats(arena, new float[1], 1);
      SafetensorsWriter.write(other, Map.of("x\u001b[2J\n\u202e", tensor), Map.of());
    }

    CommandLineRun run = CommandLineRun.of("inspect", "-m", model);

    assertThat(run.out()).contains("x\\u001b[2J\\u000a\\u202e");
    assertThat(run.out() + run.err()).doesNotContain("\u001b", "\u202e");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fa-u-nu-arabext", "ar-EG-u-nu-arab", "hi-u-nu-deva", "tr-TR"})
  void whatProgramsReadIsTheSameInEveryLanguage(String language) {
    String synthetic = CommandLineRun.of("inspect", "--json", "-m", "synthetic:2b").out();
    String ids = CommandLineRun.of("tokenize", "--json", "INFO i 12").out();
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(language));
    try {
      assertThat(CommandLineRun.of("inspect", "--json", "-m", "synthetic:2b").out())
          .isEqualTo(synthetic);
      assertThat(CommandLineRun.of("tokenize", "--json", "INFO i 12").out()).isEqualTo(ids);
    } finally {
      Locale.setDefault(before);
    }
  }
}

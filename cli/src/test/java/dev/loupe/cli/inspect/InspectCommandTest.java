package dev.loupe.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.Fixtures;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

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
}

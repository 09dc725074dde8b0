package dev.loupe.cli.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCommandTest {

  private static final Path PICTURE = TestFiles.scene("scene-013");

  @TempDir Path folder;

  @Test
  void theFileHoldsEveryStageOfTheGoldenFile() throws IOException {
    Path out = folder.resolve("clip.safetensors");
    CommandLineRun run =
        CommandLineRun.of(
            "trace",
            "--prompt=Describe this video.",
            "--clip",
            TestFiles.scene("clip-001-0"),
            TestFiles.scene("clip-001-1"),
            TestFiles.scene("clip-001-2"),
            "--out",
            out);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile golden =
            SafetensorsFile.open(
                TestFiles.resource("goldens/captioner/clip-3.float32.eager.safetensors"))) {
      List<String> stages =
          golden.entries().keySet().stream().filter(s -> !s.startsWith("attention.")).toList();
      assertThat(ours.entries().keySet()).containsExactlyInAnyOrderElementsOf(stages);
      for (String exact : List.of("input_ids", "position_ids", "pixel_values", "grid_thw")) {
        assertThat(ours.tensor(exact).segment().mismatch(golden.tensor(exact).segment()))
            .as(exact)
            .isEqualTo(-1);
      }
    }
  }

  @Test
  void severalPicturesMakeOnePromptAndTheBitsAreTheEngines() throws IOException {
    Path other = TestFiles.scene("scene-002");
    Path out = folder.resolve("two.safetensors");
    assertThat(CommandLineRun.of("trace", PICTURE, other, "-o", out).exit()).isZero();

    ImageDecoder decoder = new ImageDecoder();
    Prompt prompt =
        Prompt.create()
            .image(decoder.decode(PICTURE))
            .image(decoder.decode(other))
            .text("Describe this image.");
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
        TraceRecorder expected = new TraceRecorder();
        SafetensorsFile file = SafetensorsFile.open(out)) {
      model.trace(prompt, GenerationOptions.greedy(), expected);
      assertThat(file.entries().keySet())
          .containsExactlyInAnyOrderElementsOf(expected.stages().keySet());
      for (var stage : expected.stages().entrySet()) {
        assertThat(file.tensor(stage.getKey()).segment().mismatch(stage.getValue().segment()))
            .as(stage.getKey())
            .isEqualTo(-1);
      }
      assertThat(file.metadata())
          .containsEntry("format", "pt")
          .containsEntry("model", "captioner")
          .containsEntry("dtype", "float32")
          .containsEntry("prompt", "Describe this image.");
    }
  }

  @Test
  void theTableHasALineForEachStage() {
    CommandLineRun run = CommandLineRun.of("trace", PICTURE, "-o", folder.resolve("a.safetensors"));

    assertThat(run.lines().getFirst()).matches("stage +shape +min +max +mean \\|x\\| +inf, nan");
    assertThat(run.lines()).anyMatch(l -> l.matches("input_ids +\\[41] +13 +455 .* 0"));
    assertThat(run.lines().getLast()).matches("logits +\\[41, 464] .* 0");
  }

  @Test
  void nothingIsLeftBehindWhereAPictureIsBad() throws IOException {
    Path out = folder.resolve("a.safetensors");

    CommandLineRun run = CommandLineRun.of("trace", folder.resolve("no.png"), "-o", out);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).isEqualTo(folder.resolve("no.png") + ": no such file or folder");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void thePictureIsNotReplacedByItsTrace() throws IOException {
    Path picture = Files.copy(PICTURE, folder.resolve("a.png"));

    CommandLineRun run = CommandLineRun.of("trace", picture, "--out", picture);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith("--out: expected another file than the picture " + picture);
    assertThat(picture).hasSameBinaryContentAs(PICTURE);
  }

  @Test
  void withoutAnOutputNothingIsDone() {
    CommandLineRun run = CommandLineRun.of("trace", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith("missing required option: '--out=FILE'");
  }

  @Test
  void withoutPicturesThePromptAloneIsTraced() {
    Path out = folder.resolve("text.safetensors");

    CommandLineRun run =
        CommandLineRun.of("trace", "--prompt=What color is the circle?", "-o", out);

    assertThat(run.err()).isEmpty();
    CommandLineRun compared =
        CommandLineRun.of(
            "compare",
            TestFiles.resource("goldens/captioner/text-only.float32.eager.safetensors"),
            out);
    assertThat(compared.exit()).isEqualTo(ExitCodes.OK);
  }

  /** Other tests would need Python; `docs/diagnose.md` says with what the script was run. */
  @Test
  void theScriptForTransformersWritesTheStagesOfThisCommand() {
    CommandLineRun run = CommandLineRun.of("trace", "--script");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err()).isEmpty();
    assertThat(run.lines().getFirst()).isEqualTo("#!/usr/bin/env python3");
    assertThat(run.out())
        .contains("--model", "--prompt", "--dtype", "--attention", "--device", "--out")
        .contains("\"input_ids\"", "\"position_ids\"", "\"pixel_values\"", "\"grid_thw\"")
        .contains("\"visual.patch_embed\"", "visual.blocks.{i}", "\"visual.merger\"")
        .contains("\"inputs_embeds\"", "layers.{i}", "\"norm\"", "\"logits\"")
        .contains("\"attention.{layer}.nonfinite\"", "\"visual.attention.{block}.nonfinite\"");
    assertThat(run.lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void theScriptIsPrintedAlone() {
    Path out = folder.resolve("a.safetensors");

    CommandLineRun run = CommandLineRun.of("trace", "--script", "--out", out);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith("--script: expected to be the only option, found --out");
  }
}

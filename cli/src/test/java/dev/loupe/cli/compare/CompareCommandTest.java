package dev.loupe.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  private static final Path PYTORCH =
      TestFiles.resource("goldens/captioner/scene-001.float32.eager.safetensors");
  private static final Path OTHER_PROMPT =
      TestFiles.resource("goldens/captioner/text-only.float32.eager.safetensors");

  @TempDir Path folder;

  @Test
  void aTraceOfLoupeIsTheSameAsThatOfPyTorchWithinRounding() {
    Path ours = folder.resolve("ours.safetensors");
    String[] options = {"--attention=eager", "--prompt=What is in this picture?"};
    CommandLineRun trace =
        CommandLineRun.of(
            "trace", TestFiles.scene("scene-001"), options[0], options[1], "--out", ours);
    assertThat(trace.err()).isEmpty();

    CommandLineRun run = CommandLineRun.of("compare", PYTORCH, ours);

    assertThat(run.lines().getFirst())
        .isEqualTo(
            "SAME WITHIN ROUNDING: the first difference, in visual.patch_embed, is no larger than "
                + "another order of additions makes.");
    assertThat(run.out())
        .contains("B  ours.safetensors: float32, eager, 43 tokens, model captioner");
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
  }

  @Test
  void anotherPromptIsAnotherExitCode() {
    CommandLineRun run = CommandLineRun.of("compare", PYTORCH, OTHER_PROMPT);

    assertThat(run.lines().getFirst()).isEqualTo("DIFFERENT from input_ids on: other prompt.");
    assertThat(run.exit()).isEqualTo(ExitCodes.DIFFERENT);
  }

  @Test
  void jsonIsOneLine() {
    CommandLineRun run = CommandLineRun.of("compare", "--json", PYTORCH, PYTORCH);

    assertThat(run.lines()).hasSize(1);
    assertThat(run.out()).startsWith("{\"verdict\":\"same\",\"stage\":null,");
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
  }

  @Test
  void aPageIsWrittenBesideTheTextButOverNoTrace() throws IOException {
    Path page = folder.resolve("page.html");

    CommandLineRun run = CommandLineRun.of("compare", "--html", page, PYTORCH, PYTORCH);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out()).startsWith("SAME: ");
    assertThat(page).content().startsWith("<!doctype html>").contains("loupe compare --html ");

    CommandLineRun over = CommandLineRun.of("compare", "--html", page, PYTORCH, page);
    assertThat(over.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(over.error()).startsWith("--html: expected another file than the trace " + page);
  }

  @Test
  void aFileThatIsNoTraceIsAFailure() {
    Path picture = TestFiles.scene("scene-001");

    CommandLineRun run = CommandLineRun.of("compare", PYTORCH, picture);

    assertThat(run.error()).endsWith("this is no safetensors file");
    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
  }

  @Test
  void oneTraceIsNotEnough() {
    CommandLineRun run = CommandLineRun.of("compare", PYTORCH);

    assertThat(run.error()).startsWith("missing required parameter: 'B'");
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
  }
}

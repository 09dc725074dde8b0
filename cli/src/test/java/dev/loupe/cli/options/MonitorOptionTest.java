package dev.loupe.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code --monitor} of the commands that answer; {@code serve} has its test in the server. */
class MonitorOptionTest {
  private static final Path SCENE = TestFiles.scene("scene-001");

  @TempDir Path folder;

  private List<JsonObject> lines() throws IOException {
    return Files.readAllLines(folder.resolve("m.jsonl")).stream().map(Json::readLine).toList();
  }

  @Test
  void captionsOfFilesAndFoldersAreMonitoredAndUnchanged() throws IOException {
    String monitor = "--monitor=" + folder.resolve("m.jsonl");
    String plain = CommandLineRun.of("caption", SCENE, "-q").out();

    assertThat(CommandLineRun.of("caption", SCENE, "-q", monitor).out()).isEqualTo(plain);

    List<JsonObject> lines = lines();
    assertThat(lines.getFirst().values())
        .containsEntry("model", "captioner")
        .containsEntry("profile", "float32 sdpa");
    assertThat(lines.subList(1, lines.size()))
        .allSatisfy(line -> assertThat(line.requiredText("request")).isEqualTo(SCENE.toString()))
        .extracting(line -> line.requiredInteger("step"))
        .startsWith(0, 1, 2);

    Path pictures = Files.createDirectories(folder.resolve("in"));
    Files.copy(SCENE, pictures.resolve("a.png"));
    CommandLineRun run = CommandLineRun.of("caption", pictures, "-q", monitor);
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    List<JsonObject> more = lines();
    assertThat(more).hasSize(2 * lines.size());
    assertThat(more.getLast().requiredText("request")).endsWith("a.png");
    assertThat(Files.readString(pictures.resolve("a.txt"))).isEqualTo(plain);
  }

  @Test
  void theQuestionsOfAChatAreCounted() throws IOException {
    byte[] questions = "What is it?\nAnd now?\n".getBytes(StandardCharsets.UTF_8);
    CommandLineRun.withInput(
        questions, "chat", "-q", "--max-new-tokens=2", "--monitor=" + folder.resolve("m.jsonl"));

    assertThat(lines().stream().skip(1).map(line -> line.requiredText("request")))
        .containsExactly("1", "1", "2", "2");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "/dev/full")
  void aFullDiskIsSaidBeforeAnythingIsLoaded() {
    for (String command : List.of("caption", "chat", "serve")) {
      Object[] run =
          command.equals("caption")
              ? new Object[] {command, SCENE, "--monitor=/dev/full"}
              : new Object[] {command, "--monitor=/dev/full"};
      CommandLineRun refused = CommandLineRun.of(run);
      assertThat(refused.error())
          .isEqualTo(
              "/dev/full: expected a monitor file that can be written, found none (No space left on"
                  + " device)");
      assertThat(refused.exit()).isEqualTo(ExitCodes.FAILED);
    }
  }
}

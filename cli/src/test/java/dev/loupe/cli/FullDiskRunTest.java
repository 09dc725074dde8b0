package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on a file system of a few kilobytes, which only root may mount. */
@Tag("exhaustive")
class FullDiskRunTest {

  @TempDir Path folder;
  private Path in;
  private Path small;

  @BeforeEach
  void mount() throws Exception {
    in = folder.resolve("in");
    Scenes.draw(in, 0, 40);
    small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString()) == 0);
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", small.toString());
  }

  @Test
  void sidecarsWrittenBeforeTheDiskWasFullAreWholeAndTheRunGoesOnOnceThereIsRoom()
      throws Exception {
    CommandLineRun full = CommandLineRun.of("caption", "-r", in, "-o", small);

    assertThat(full.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(full.err())
        .contains("No space left on device; the captions written before are whole, and the same");
    List<Path> before = captions();
    assertThat(before).isNotEmpty().hasSizeLessThan(40);
    for (Path caption : before) {
      assertThat(caption).content().endsWith(".\n");
    }
    run("mount", "-o", "remount,size=4m", small.toString());
    CommandLineRun again = CommandLineRun.of("caption", "-r", in, "-o", small);
    assertThat(again.err()).contains(40 - before.size() + " captioned, " + before.size());
    assertThat(captions()).hasSize(40);
  }

  @Test
  void rowsWrittenBeforeTheDiskWasFullAreWholeAndTheRunGoesOnOnceThereIsRoom() throws Exception {
    Path rows = small.resolve("rows.jsonl");
    Files.write(small.resolve("ballast"), new byte[50_000]);
    CommandLineRun full = CommandLineRun.of("caption", "-r", in, "--format=jsonl", "-o", rows);

    assertThat(full.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(full.err()).contains("rows.jsonl: No space left on device; the captions written");
    int before = JsonLines.of(rows).size();
    assertThat(before).isBetween(1, 39);
    Files.delete(small.resolve("ballast"));
    CommandLineRun again = CommandLineRun.of("caption", "-r", in, "--format=jsonl", "-o", rows);
    assertThat(again.err()).contains(40 - before + " captioned, " + before + " skipped");
    assertThat(JsonLines.of(rows)).hasSize(40);
  }

  @Test
  void anOutputThatIsReadOnlyIsToldBeforeAnythingIsDone() throws Exception {
    run("mount", "-o", "remount,ro", small.toString());

    CommandLineRun run = CommandLineRun.of("caption", "-r", in, "-o", small);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .isEqualTo(
            small
                + ": expected a folder that can be written to, found none (Read-only file system); "
                + "choose another with --output");
  }

  private List<Path> captions() throws IOException {
    try (Stream<Path> all = Files.walk(small)) {
      return all.filter(file -> file.toString().endsWith(".txt")).toList();
    }
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor();
  }
}

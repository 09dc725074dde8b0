package dev.loupe.cli.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Writing that fails half-way. */
class FullDiskTest {

  @TempDir Path folder;

  @Test
  void aFileThatCannotBeFinishedLeavesTheOldOneAndNoOther() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");

    assertThatThrownBy(() ->
            OutputFile.write(
                file,
                out -> {
                  out.append(ByteBuffer.wrap(new byte[] {'n', 'e'}));
                  throw new IOException("No space left on device");
                }))
        .hasMessage(file + ": expected to write it, but No space left on device");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "/dev/full")
  void aLineThatCannotBeWrittenSaysWhy() throws IOException {
    try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
      assertThatThrownBy(() -> new LineFile(Path.of("rows.jsonl"), full).append("{}"))
          .isInstanceOf(IOException.class)
          .hasMessage("rows.jsonl: No space left on device");
    }
  }

  @Test
  void aTornLineIsCutAndTheWholeOnesStay() throws IOException {
    Path file = Files.writeString(folder.resolve("a.jsonl"), "one\ntwo\n" + "x".repeat(20_000));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      LineFile lines = new LineFile(file, channel);

      assertThat(lines.tornLine()).hasSize(20_000);
      lines.cutTornLine();
      lines.append("three");
    }
    assertThat(file).hasContent("one\ntwo\nthree\n");
  }
}

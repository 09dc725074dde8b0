package dev.loupe.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

  @TempDir private Path folder;

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need rights there")
  void aLinkStaysAndTheFileThatItNamesIsWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);

    try (WholeFile page = WholeFile.of(Optional.of(link))) {
      page.write(() -> "new");
    }

    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  void aTextThatNoFileGetsIsNotMade() throws IOException {
    try (WholeFile none = WholeFile.of(Optional.empty())) {
      none.write(() -> {
        throw new AssertionError("made");
      });
    }
    assertThat(folder).isEmptyDirectory();
  }
}

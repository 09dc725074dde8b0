package dev.loupe.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.testkit.NamedPipe;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60) // A pipe that is opened blocks for ever.
class RegularFileTest {

  @TempDir private Path folder;

  @Test
  void aRegularFileIsReadAsAStreamAChannelAndBytes() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "content");
    try (var in = RegularFile.inputStream(file);
        FileChannel channel = RegularFile.channel(file)) {
      assertThat(in).hasContent("content");
      assertThat(channel.size()).isEqualTo(7);
    }
    assertThat(RegularFile.readAllBytes(file, 7)).asString().isEqualTo("content");
  }

  @Test
  void aLinkIsFollowed() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "content");
    Path link = Files.createSymbolicLink(folder.resolve("b"), file);
    assertThat(RegularFile.readAllBytes(link, 7)).asString().isEqualTo("content");
  }

  @Test
  void aFileBeyondTheLimitIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "content");
    assertThatThrownBy(() -> RegularFile.readAllBytes(file, 6))
        .hasMessage(file + ": expected at most 6 bytes, found more");
  }

  @Test
  void aPipeIsRefusedAndDoesNotBlock() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve("pipe"));
    assertThatThrownBy(() -> RegularFile.inputStream(pipe))
        .hasMessage(pipe + ": expected a regular file, found a pipe or device");
    assertThatThrownBy(() -> RegularFile.channel(pipe)).hasMessageEndingWith("a pipe or device");
  }

  @Test
  void aDeviceIsRefusedUnderALinkToo() throws IOException {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero), "no devices here");
    Path link = Files.createSymbolicLink(folder.resolve("link"), zero);
    assertThatThrownBy(() -> RegularFile.readAllBytes(link, 10))
        .hasMessage(link + ": expected a regular file, found a pipe or device");
  }

  @Test
  void aFolderIsRefusedAndAMissingFileIsMissing() {
    assertThatThrownBy(() -> RegularFile.inputStream(folder))
        .hasMessage(folder + ": expected a regular file, found a folder");
    assertThatThrownBy(() -> RegularFile.inputStream(folder.resolve("no")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aNameIsPrintableInMessages() throws IOException {
    Path odd = Files.createDirectory(folder.resolve("a\u001b[2Jb"));
    assertThatThrownBy(() -> RegularFile.inputStream(odd))
        .hasMessageContaining("a\\u001b[2Jb: expected a regular file");
  }
}

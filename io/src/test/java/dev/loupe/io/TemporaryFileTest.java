package dev.loupe.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.testkit.NamedPipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFileTest {

  @TempDir private Path folder;

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void aFileAppearsAsAWholeInThePlaceOfAnother() throws IOException {
    Path target = Files.writeString(folder.resolve("a"), "old");
    TemporaryFile.replace(
        target,
        file -> {
          file.append(bytes("ne"));
          file.append(bytes("w"));
          assertThat(target).hasContent("old");
        });
    assertThat(target).hasContent("new");
    assertThat(files()).containsExactly(target);
  }

  @Test
  void aFileThatFailsLeavesTheOldOneAndNoOther() throws IOException {
    Path target = Files.writeString(folder.resolve("a"), "old");
    IOException full = new IOException("No space left on device");
    assertThatThrownBy(() ->
            TemporaryFile.replace(
                target,
                file -> {
                  file.append(bytes("ne"));
                  throw full;
                }))
        .isSameAs(full);
    assertThat(target).hasContent("old");
    assertThat(files()).containsExactly(target);
  }

  @Test
  void aPartOfAnotherFileIsAppended() throws IOException {
    Path target = folder.resolve("a");
    try (TemporaryFile from = TemporaryFile.in(folder)) {
      from.append(bytes("0123456789"));
      TemporaryFile.replace(
          target,
          file -> {
            file.append(bytes("x"));
            file.append(from, 3, 4);
          });
    }
    assertThat(target).hasContent("x3456");
  }

  /** The name of a closed file may be another file's by now. */
  @Test
  void aFileThatIsClosedTwiceHurtsNoOther() throws IOException {
    TemporaryFile first = TemporaryFile.in(folder);
    first.close();
    try (TemporaryFile second = TemporaryFile.in(folder)) {
      first.close();
      second.append(bytes("x"));
      second.moveTo(folder.resolve("a"));
    }
    assertThat(folder.resolve("a")).hasContent("x");
  }

  @Test
  void aLongNameOfTheTargetIsNoObstacle() throws IOException {
    Path target = folder.resolve("x".repeat(255));
    TemporaryFile.replace(target, file -> file.append(bytes("x")));
    assertThat(target).hasContent("x");
  }

  @Test
  void whatAKilledProcessHasLeftIsSweptUpHoweverYoungItIs() throws IOException {
    Path dead = Files.writeString(folder.resolve(".loupe-1-dead.tmp"), "half");
    Path unborn = Files.createFile(folder.resolve(".loupe-1-unborn.tmp"));
    Path foreign = Files.writeString(folder.resolve("other.tmp"), "half");
    TemporaryFile.sweep(folder);
    assertThat(dead).doesNotExist();
    assertThat(unborn).as("its writer may be about to lock it").exists();
    assertThat(foreign).as("it is not ours").exists();
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeWithTheNameOfOneOfOurFilesStaysUnopened() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve(".loupe-1-pipe.tmp"));
    TemporaryFile.sweep(folder);
    assertThat(files()).containsExactly(pipe);
  }

  /** A rename would replace it, and with it a device of the whole machine. */
  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeInTheTargetsPlaceIsRefusedAndStays() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve("page.html"));
    assertThatThrownBy(() -> TemporaryFile.of(pipe))
        .hasMessage(pipe + ": expected the name of a file to write, found a pipe or a device");
    assertThat(files()).containsExactly(pipe);
  }

  /** In a container each process may have the same number. */
  @Test
  void aFileOfAnEarlierProcessOfTheSameNumberIsSweptUp() throws IOException {
    String name = ".loupe-%d-dead.tmp".formatted(ProcessHandle.current().pid());
    Path dead = Files.writeString(folder.resolve(name), "half");
    Files.setLastModifiedTime(dead, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    TemporaryFile.sweep(folder);
    assertThat(dead).doesNotExist();
  }

  /** On Linux, closing any channel of a file ends all locks that the process has on it. */
  @Test
  void aProcessThatSweepsKeepsItsOwnFilesAndTheirLocks() throws IOException {
    Path locks = Path.of("/proc/locks");
    assumeTrue(Files.isReadable(locks), "no " + locks + " to look at");
    try (TemporaryFile living = TemporaryFile.in(folder)) {
      living.append(bytes("x"));
      String inode = ":" + Files.getAttribute(files().getFirst(), "unix:ino") + " ";
      assumeTrue(Files.readString(locks).contains(inode), "this system does not list its locks");
      TemporaryFile.sweep(folder);
      assertThat(files()).hasSize(1);
      assertThat(Files.readString(locks)).contains(inode);
    }
  }
}

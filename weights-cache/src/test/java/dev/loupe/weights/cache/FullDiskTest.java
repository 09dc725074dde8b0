package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FullDiskTest {
  private static final String FULL = "No space left on device";

  @TempDir private Path folder;

  /** A file on a disk that is full after so many writes; the system says so in these words. */
  private static final class FullDisk extends TemporaryFile {
    private int writes;

    FullDisk(Path folder, int writes) throws IOException {
      super(TemporaryFile.in(folder));
      this.writes = writes;
    }

    @Override
    public void write(long position, ByteBuffer bytes) throws IOException {
      if (writes-- == 0) {
        throw new IOException(FULL);
      }
      super.write(position, bytes);
    }

    /** Some file systems find room for the bytes only when they are to be flushed. */
    @Override
    public void moveTo(Path target) throws IOException {
      if (writes >= 0) {
        throw new IOException(FULL);
      }
      super.moveTo(target);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 7, 8, 1000})
  void aDiskThatFillsUpWhileTheFileIsWrittenCostsOneWarningAndNothingElse(int writes)
      throws IOException {
    CacheLoads loads =
        new CacheLoads(
            new CacheFolder(folder) {
              @Override
              TemporaryFile newFile() throws IOException {
                return new FullDisk(path(), writes);
              }
            });
    CacheLoads.Outcome outcome = loads.load();
    assertThat(outcome).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .contains("cannot be kept on disk", FULL);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  /** A process that is started again at once finds what it has left a second ago. */
  @Test
  void whatAKilledBuilderHasWrittenIsSweptUpHoweverYoungItIs() throws IOException {
    Path dead = Files.write(folder.resolve(".loupe-1-dead.tmp"), new byte[10]);
    Path unborn = Files.createFile(folder.resolve(".loupe-1-unborn.tmp"));
    new CacheLoads(folder).load();
    assertThat(dead).doesNotExist();
    assertThat(unborn).as("its writer may be about to lock it").exists();
  }

  @Test
  void theNextBuilderSweepsUpWhatAKilledOneHasLeft() throws IOException {
    FileTime before = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    Path dead = Files.createFile(folder.resolve(".loupe-1-dead.tmp"));
    Files.setLastModifiedTime(dead, before);
    try (TemporaryFile living = TemporaryFile.in(folder)) {
      Path path = only(".tmp", dead);
      living.write(0, ByteBuffer.allocate(10));
      Files.setLastModifiedTime(path, before);
      new CacheLoads(folder).load();
      assertThat(dead).doesNotExist();
      assertThat(path).as("its writer is alive and holds a lock").exists();
    }
  }

  @Test
  void aNewLayoutReplacesAnOlderOneAndLeavesANewerOneAlone() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    Path file = only(".packed", folder);
    String name = file.getFileName().toString();
    String hash = name.substring(0, name.indexOf('-'));
    Path older = Files.move(file, folder.resolve(hash + "-0-2.packed"));
    Path format1 = Files.createFile(folder.resolve(hash + "-1-1.packed"));
    Path newer = Files.createFile(folder.resolve(hash + "-9-2.packed"));
    Path other = Files.createFile(folder.resolve("0".repeat(32) + "-0-1.packed"));
    loads.load();
    assertThat(older).doesNotExist();
    assertThat(format1).doesNotExist();
    assertThat(newer).exists();
    assertThat(other).exists();
    assertThat(file).exists();
  }

  private Path only(String suffix, Path not) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.toString().endsWith(suffix) && !f.equals(not))
          .findFirst()
          .orElseThrow();
    }
  }
}

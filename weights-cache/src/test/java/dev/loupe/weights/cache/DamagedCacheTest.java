package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A cache file that is not as it was written is never trusted. */
class DamagedCacheTest {
  @TempDir private Path folder;

  private interface Damage {
    byte[] done(byte[] file);
  }

  private static Arguments damage(String name, String warning, Damage damage) {
    return Arguments.argumentSet(name, warning, damage);
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage("zero length", "found only 0 bytes", file -> new byte[0]),
        damage("a few bytes", "found only 40 bytes", file -> Arrays.copyOf(file, 40)),
        damage("no end", "bytes, found", file -> Arrays.copyOf(file, file.length - 1)),
        damage("more bytes", "bytes, found", file -> Arrays.copyOf(file, file.length + 1)),
        damage("no data", "bytes, found", file -> Arrays.copyOf(file, 4096)),
        damage("a bit of the magic", "another program", file -> flipped(file, 3)),
        damage("another format", "found format 1", file -> versioned(file, 1)),
        damage("a bit of the header", "checksum of its header", file -> flipped(file, 20)),
        damage("the first bit of data", "checksum of slice 0", file -> flipped(file, 4096)),
        damage("a bit of data", "checksum of slice 0", file -> flipped(file, 6000)),
        damage("the last bit", "checksum of its table", file -> flipped(file, file.length - 1)),
        damage("text", "another program", file -> "x".repeat(9000).getBytes()),
        damage("zeros", "another program", file -> new byte[file.length]));
  }

  private static byte[] flipped(byte[] file, int at) {
    file[at] ^= 1;
    return file;
  }

  private static byte[] versioned(byte[] file, int version) {
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(8, version);
    return file;
  }

  @ParameterizedTest
  @MethodSource("damages")
  void isBuiltAnewWithAWarningAndUsedAgainAfterwards(String warning, Damage damage)
      throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    CacheLoads.Outcome first = loads.load();
    Path file = onlyFile();
    byte[] intact = Files.readAllBytes(file);
    Files.write(file, damage.done(intact.clone()));

    CacheLoads.Outcome second = loads.load();
    assertThat(second.cached()).isFalse();
    assertThat(second).isEqualTo(first);
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .startsWith(file + ": expected ")
        .contains(warning)
        .endsWith("; it is built anew");
    assertThat(Files.readAllBytes(onlyFile())).isEqualTo(intact);
    assertThat(loads.load().cached()).isTrue();
  }

  @Test
  void everySingleBitOfTheFileCounts() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    Path file = onlyFile();
    byte[] intact = Files.readAllBytes(file);
    // The 4,032 bytes between header and data belong to neither; they are never read.
    for (int at = 0; at < intact.length; at += at == 63 ? 4033 : 1 + at / 97) {
      Files.write(file, flipped(intact.clone(), at));
      assertThat(loads.load().cached()).as("byte %d", at).isFalse();
    }
  }

  @Test
  void theFileOfAnotherModelUnderThisName() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    Path file = onlyFile();
    Path elsewhere = Files.createDirectory(folder.resolve("other"));
    new CacheLoads(elsewhere).load(new CountedWeights("other"), DType.F32);
    try (Stream<Path> other = Files.list(elsewhere)) {
      Files.copy(
          other.findFirst().orElseThrow(), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    assertThat(loads.load().cached()).isFalse();
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .contains("expected the weights of this model, found those of another");
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .reduce((a, b) -> {
            throw new AssertionError("two files: " + a + ", " + b);
          })
          .orElseThrow();
    }
  }
}

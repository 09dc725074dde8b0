package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.NamedPipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ContentHashesTest {
  /** NIST, FIPS 180-2, appendix B.1: the SHA-256 of "abc". */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir private Path folder;

  private final AtomicInteger read = new AtomicInteger();

  private final CacheListener listener =
      new CacheListener() {
        @Override
        public void hashed(String file, long done, long total) {
          assertThat(done).isLessThanOrEqualTo(total);
          read.incrementAndGet();
        }

        @Override
        public void warning(String message) {
          throw new AssertionError(message);
        }
      };

  private CacheFolder cache() {
    return new CacheFolder(folder.resolve("cache"));
  }

  private ContentHashes hashes() {
    return ContentHashes.computed(cache(), listener);
  }

  private Path file(String content, long second) throws IOException {
    Path file = Files.writeString(folder.resolve("model.safetensors"), content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
    return file;
  }

  @Test
  void aFileIsReadOnce() throws IOException {
    Path file = file("abc", 1000);
    assertThat(hashes().of(file)).isEqualTo(ABC);
    assertThat(hashes().of(file)).isEqualTo(ABC);
    assertThat(read).hasValue(1);
    assertThat(ContentHashes.remembered(cache()).of(file)).isEqualTo(ABC);
  }

  @Test
  void anotherTimeOrSizeMeansAnotherLook() throws IOException {
    assertThat(hashes().of(file("abc", 1000))).isEqualTo(ABC);
    assertThat(hashes().of(file("abd", 1001))).isNotEqualTo(ABC);
    assertThat(hashes().of(file("abcd", 1001))).isNotEqualTo(ABC);
    assertThat(read).hasValue(3);
  }

  @Test
  void aFileThatWasJustWrittenIsNotRememberedBecauseASecondWriteMightNotShow() throws IOException {
    Path file = file("abc", Instant.now().getEpochSecond());
    hashes().of(file);
    hashes().of(file);
    assertThat(read).hasValue(2);
  }

  @Test
  void aDamagedMemoryIsNotBelieved() throws IOException {
    Path file = file("abc", 1000);
    hashes().of(file);
    try (Stream<Path> memories = Files.list(folder.resolve("cache/hashes"))) {
      Files.writeString(memories.findFirst().orElseThrow(), "nonsense\n");
    }
    assertThat(hashes().of(file)).isEqualTo(ABC);
    assertThat(read).hasValue(2);
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeOrADeviceInPlaceOfAMemoryIsNotRead() throws Exception {
    Path file = file("abc", 1000);
    hashes().of(file);
    Path memory;
    try (Stream<Path> memories = Files.list(folder.resolve("cache/hashes"))) {
      memory = memories.findFirst().orElseThrow();
    }
    Files.delete(memory);
    Files.createSymbolicLink(memory, Path.of("/dev/zero"));
    assertThat(hashes().of(file)).isEqualTo(ABC);
    Files.delete(memory);
    NamedPipe.create(memory);
    assertThat(hashes().of(file)).isEqualTo(ABC);
    assertThat(Files.isRegularFile(memory)).as("replaced").isTrue();
  }

  @Test
  void whereNothingCanBeRememberedTheHashIsComputedEachTime() throws IOException {
    Path file = file("abc", 1000);
    ContentHashes hashes = ContentHashes.computed(new CacheFolder(file.resolve("cache")), listener);
    assertThat(hashes.of(file)).isEqualTo(ABC);
    assertThat(hashes.of(file)).isEqualTo(ABC);
  }

  @Test
  void anUnknownFileIsNotReadWhereOnlyMemoriesAreWanted() throws IOException {
    Path file = file("abc", 1000);
    assertThatThrownBy(() -> ContentHashes.remembered(cache()).of(file))
        .isInstanceOf(ContentHashes.UnknownContentException.class);
  }

  @Test
  void aBlobOfTheHuggingFaceCacheIsNamedByItsHashAndNotRead() throws IOException {
    Path blobs = Files.createDirectories(folder.resolve("models--a--b/blobs"));
    Path blob = Files.writeString(blobs.resolve(ABC), "abc");
    Path link = folder.resolve("model.safetensors");
    Files.createSymbolicLink(link, blob);
    Files.setLastModifiedTime(blob, FileTime.from(Instant.ofEpochSecond(1000)));
    String first = hashes().of(link);
    assertThat(first).startsWith(ABC);
    assertThat(read).hasValue(0);

    Files.setLastModifiedTime(blob, FileTime.from(Instant.ofEpochSecond(2000)));
    assertThat(hashes().of(link)).as("fetched again").isNotEqualTo(first);
  }
}

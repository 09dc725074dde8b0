package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.safetensors.Crafted;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A shard that changes during a load must never be kept under the name of what it becomes: every
 * later start would take the old weights for the new ones.
 */
class ChangedSourceTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.now().minus(Duration.ofDays(2)));

  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();
  private Path shard;

  /** Something that others do to a shard meanwhile. */
  private interface Change {
    void on(Path shard) throws IOException;
  }

  @BeforeEach
  void writeModel() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    shard = model.resolve("model-00002-of-00002.safetensors");
    Crafted.file(model.resolve("model-00001-of-00002.safetensors"), "a.weight");
    Crafted.file(shard, "b.weight");
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, LONG_AGO);
      }
    }
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        argumentSet("another file takes its name", (Change) ChangedSourceTest::replace),
        argumentSet("it is written to", (Change) ChangedSourceTest::overwrite),
        argumentSet("it is removed", (Change) Files::delete));
  }

  /** As a download does, even with the time of the original. */
  private static void replace(Path shard) throws IOException {
    Path other = shard.resolveSibling("other.tmp");
    Crafted.file(other, "b.weight", "c.weight");
    Files.setLastModifiedTime(other, LONG_AGO);
    Files.move(other, shard, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void overwrite(Path shard) throws IOException {
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);
  }

  private void load(Change afterOpening, Change afterPacking) throws IOException {
    Checkpoint source = Checkpoint.open(shard.getParent());
    afterOpening.on(shard);
    try (Backend backend = Backend.scalar(1);
        Arena arena = Arena.ofShared();
        WeightsCache cache =
            new CacheOpening(new CacheFolder(folder.resolve("cache")), warnings::add)
                .open(source, DType.F32, WeightTypes.AS_STORED, backend)) {
      LayerLoader layers = new LayerLoader(cache, arena, backend, DType.F32, bytes -> {});
      layers.rmsNorm(ModuleId.of(Part.DECODER, "a"), 2, 1e-6f);
      layers.rmsNorm(ModuleId.of(Part.DECODER, "b"), 2, 1e-6f);
      afterPacking.on(shard);
      cache.complete();
    }
  }

  private List<Path> packed() throws IOException {
    Path cache = folder.resolve("cache");
    if (!Files.exists(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void isKeptIfNobodyTouchesIt() throws IOException {
    load(shard -> {}, shard -> {});
    assertThat(warnings).isEmpty();
    assertThat(packed()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void isNotKeptIfItChangesBetweenOpeningAndHashing(Change change) throws IOException {
    load(change, shard -> {});
    assertThat(warnings).singleElement().asString().contains("cannot be kept", shard.toString());
    assertThat(packed()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void isNotKeptIfItChangesWhileItIsPacked(Change change) throws IOException {
    load(shard -> {}, change);
    assertThat(warnings).singleElement().asString().contains("cannot be kept", shard.toString());
    assertThat(packed()).isEmpty();
  }
}

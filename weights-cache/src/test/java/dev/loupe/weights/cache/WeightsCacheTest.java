package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.testkit.NamedPipe;
import dev.loupe.weights.cache.CacheLoads.Outcome;
import dev.loupe.weights.file.MappedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightsCacheTest {
  @TempDir private Path folder;

  @Test
  void aSecondLoadTakesWhatTheFirstHasPackedAndReadsNothingOfTheSource() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    Outcome first = loads.load();
    Outcome second = loads.load();
    assertThat(first.cached()).isFalse();
    assertThat(first.reads()).isEqualTo(4);
    assertThat(second.cached()).isTrue();
    assertThat(second.reads()).isZero();
    assertThat(loads.warnings()).isEmpty();
  }

  @Test
  void eachChoiceOfIntegersHasAFileOfItsOwn() throws IOException {
    ContentHashes hashes = ContentHashes.computed(new CacheFolder(folder), message -> {});
    List<String> choices =
        List.of(
            "stored",
            "int8",
            "int4",
            "int4:128",
            "decoder=int4",
            "tower=int8",
            "decoder=int4,head=int8");
    Set<CacheName> names = new HashSet<>();
    for (String choice : choices) {
      WeightTypes types = WeightTypes.of(choice);
      names.add(CacheName.of(new CountedWeights(""), hashes, DType.F32, types).orElseThrow());
    }
    assertThat(names).hasSameSizeAs(choices);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "BF16", "F16"})
  void bitsAndStatisticsAreTheSameWithAndWithoutACache(DType compute) throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    Outcome without = CacheLoads.uncached(compute);
    assertThat(loads.load(compute)).isEqualTo(without);
    assertThat(loads.load(compute)).isEqualTo(without);
  }

  /** Kernels would slow down if they met segments of two classes; see {@link MappedFile}. */
  @Test
  void packedWeightsOfAFileAreOfTheClassThatAllocatedMemoryHas() throws IOException {
    new CacheLoads(folder).load();
    try (Backend backend = Backend.scalar(1);
        Arena arena = Arena.ofConfined();
        WeightsCache cache =
            new CacheOpening(new CacheFolder(folder), message -> {})
                .open(new CountedWeights(""), DType.F32, WeightTypes.AS_STORED, backend)) {
      assertThat(cache.packed("embed.weight").orElseThrow().data())
          .hasSameClassAs(arena.allocate(8));
    }
  }

  @Test
  void whatRoundingDidToTheWeightsIsKnownAfterALoadFromTheCache() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load(CountedWeights.withThirds(), DType.BF16);
    Outcome second = loads.load(CountedWeights.withThirds(), DType.BF16);
    assertThat(second.cached()).isTrue();
    assertThat(second.conversion()).isEqualTo(new WeightConversion(70, 70, 0));
  }

  @Test
  void weightsOfTheComputeTypeArePackedAsForFloat32AndShareItsFile() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load(DType.F32);
    assertThat(loads.load(DType.BF16).cached()).isTrue();
    assertThat(loads.load(DType.F16).cached()).isFalse();
    assertThat(files()).hasSize(2);
  }

  @Test
  void otherWeightsHaveAnotherFile() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load(new CountedWeights("one"), DType.F32);
    assertThat(loads.load(new CountedWeights("two"), DType.F32).cached()).isFalse();
    assertThat(loads.load(new CountedWeights("one"), DType.F32).cached()).isTrue();
    assertThat(files()).hasSize(2);
  }

  @Test
  void aFolderInThePlaceOfTheFileIsLeftAloneAndTheWeightsArePackedInMemory() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    Path file = files().getFirst();
    Files.delete(file);
    Files.createDirectories(file.resolve("something"));
    assertThat(loads.load()).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .contains(file.toString(), "expected a file, found a folder");
    assertThat(files()).containsExactly(file);
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeInThePlaceOfTheFileIsReplaced() throws Exception {
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    Path file = files().getFirst();
    Files.delete(file);
    NamedPipe.create(file);
    assertThat(loads.load()).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(loads.load().cached()).isTrue();
  }

  @Test
  void aFolderThatEverybodyMayWriteToCostsAWarning() throws IOException {
    assumePosix();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .startsWith(
            folder + ": expected a cache folder that only you can write to, found that every");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    CacheLoads own = new CacheLoads(folder);
    own.load();
    assertThat(own.warnings()).isEmpty();
  }

  @Test
  void aFolderOfAnotherUserCostsAWarning() throws IOException {
    assumePosix();
    if (Files.getOwner(folder).getName().equals("root")) { // Who may write everywhere anyway.
      var users = folder.getFileSystem().getUserPrincipalLookupService();
      Files.setOwner(folder, users.lookupPrincipalByName("nobody"));
    }
    String owner = Files.getOwner(folder).getName();
    assertThat(new CacheFolder(folder, "ann").exposure())
        .contains("it belongs to " + owner + " and not to ann");
    assertThat(new CacheFolder(folder, owner).exposure()).isEmpty();
  }

  private void assumePosix() throws IOException {
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"), "no permissions");
  }

  @Test
  void aCacheFileHasTheSameNameInEveryLanguage() throws IOException {
    new CacheLoads(folder).load();
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(new CacheLoads(folder).load().cached()).isTrue();
      assertThat(files()).hasSize(1);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void whereNoFolderCanBeMadeTheWeightsArePackedInMemoryWithOneWarning() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    CacheLoads loads = new CacheLoads(file.resolve("cache"));
    Outcome outcome = loads.load();
    assertThat(outcome).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(outcome.cached()).isFalse();
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .startsWith(
            "packed weights cannot be kept on disk, only in memory, so the next load takes as long")
        .endsWith("choose another cache folder, or none");
  }

  @Test
  void aReadOnlyFolderIsReadAndNotWritten() throws IOException {
    new CacheLoads(folder).load();
    CacheLoads loads =
        new CacheLoads(
            new CacheFolder(folder) {
              @Override
              TemporaryFile newFile() throws IOException {
                throw new AccessDeniedException(path().toString());
              }
            });
    assertThat(loads.load().cached()).isTrue();
    assertThat(loads.warnings()).isEmpty();
    assertThat(loads.load(DType.F16)).isEqualTo(CacheLoads.uncached(DType.F16));
    assertThat(loads.warnings())
        .singleElement()
        .asString()
        .contains(folder + ": permission denied");
  }

  @Test
  void twoBuildersOfOneCacheDoNotHurtEachOther() throws Exception {
    Outcome expected = CacheLoads.uncached(DType.F32);
    CacheLoads loads = new CacheLoads(folder);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Outcome>> work =
          IntStream.range(0, 16).<Callable<Outcome>>mapToObj(i -> loads::load).toList();
      for (Future<Outcome> outcome : threads.invokeAll(work)) {
        assertThat(outcome.get()).isEqualTo(expected);
      }
    }
    assertThat(loads.load().cached()).isTrue();
    assertThat(loads.warnings()).isEmpty();
    assertThat(files()).hasSize(1);
  }

  @Test
  void aLoadThatFailsHalfWayLeavesNothingBehind() throws IOException {
    CountedWeights source = new CountedWeights("");
    try (Backend backend = Backend.scalar(1);
        WeightsCache cache =
            new CacheOpening(new CacheFolder(folder), message -> {})
                .open(source, DType.F32, WeightTypes.AS_STORED, backend)) {
      assertThat(files()).hasSize(1);
      assertThatThrownBy(() -> cache.tensor("missing")).isInstanceOf(IOException.class);
    }
    assertThat(files()).isEmpty();
  }

  /** As for a checkpoint of 729 tensors, whose identity has 74,000 bytes. */
  @Test
  void aModelOfManyNamesIsKept() throws IOException {
    CacheLoads loads = new CacheLoads(folder);
    String long1 = "ü".repeat(100_000);
    loads.load(new CountedWeights(long1), DType.F32);
    assertThat(loads.load(new CountedWeights(long1), DType.F32).cached()).isTrue();
    assertThat(loads.load(new CountedWeights(long1 + "x"), DType.F32).cached()).isFalse();
    assertThat(loads.warnings()).isEmpty();
  }

  /** A file on a disk that does nothing until it is let go. */
  private static final class SlowDisk extends CacheFolder {
    private final CountDownLatch go = new CountDownLatch(1);

    SlowDisk(Path folder) {
      super(folder);
    }

    @Override
    TemporaryFile newFile() throws IOException {
      return new TemporaryFile(super.newFile()) {
        @Override
        public void write(long position, ByteBuffer bytes) throws IOException {
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new ClosedByInterruptException();
          }
          super.write(position, bytes);
        }
      };
    }
  }

  @Test
  void nobodyWaitsForTheDiskButWhoCloses() throws IOException {
    SlowDisk disk = new SlowDisk(folder);
    List<Long> news = new CopyOnWriteArrayList<>();
    CacheLoads loads =
        new CacheLoads(disk) {
          @Override
          public void written(long done, long total) {
            news.add(total - done);
            disk.go.countDown();
          }
        };
    assertThat(loads.load()).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(news).hasSizeGreaterThan(1).last().isEqualTo(0L);
    assertThat(news.getFirst()).isPositive();
    assertThat(loads.load().cached()).isTrue();
    assertThat(loads.warnings()).isEmpty();
  }

  @Test
  void anInterruptedThreadDoesNotWaitAndLeavesNothingBehind() throws IOException {
    CacheLoads loads =
        new CacheLoads(new SlowDisk(folder)) {
          @Override
          public void written(long done, long total) {
            Thread.currentThread().interrupt();
          }
        };
    assertThat(loads.load()).isEqualTo(CacheLoads.uncached(DType.F32));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(loads.warnings()).isEmpty();
    assertThat(files()).isEmpty();
  }

  @Test
  void closingFreesTheMapping() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.isReadable(maps), "no " + maps + " to look at");
    CacheLoads loads = new CacheLoads(folder);
    loads.load();
    for (int i = 0; i < 50; i++) {
      assertThat(loads.load().cached()).isTrue();
    }
    assertThat(Files.readAllLines(maps)).noneMatch(line -> line.endsWith(".packed"));
  }

  @Test
  void modelsOfAFewMegabytesAreNotKept() throws IOException {
    CountedWeights source = new CountedWeights("");
    try (Backend backend = Backend.scalar(1);
        WeightsCache cache =
            WeightsCache.open(source, Optional.of(folder), DType.F32, backend, message -> {})) {
      assertThat(cache.cached()).isFalse();
      cache.complete();
    }
    assertThat(files()).isEmpty();
    assertThat(WeightsCache.file(new CountedWeights(""), folder, DType.F32, WeightTypes.AS_STORED))
        .isEmpty();
  }

  @Test
  void theDefaultFolderFollowsTheXdgRules() {
    Path home = Path.of("/home/ann");
    assertThat(WeightsCache.defaultFolder(Map.of(), home))
        .isEqualTo(Path.of("/home/ann/.cache/loupe"));
    assertThat(WeightsCache.defaultFolder(Map.of("XDG_CACHE_HOME", "/big"), home))
        .isEqualTo(Path.of("/big/loupe"));
    assertThat(WeightsCache.defaultFolder(Map.of("XDG_CACHE_HOME", "big"), home))
        .as("relative paths are to be ignored")
        .isEqualTo(Path.of("/home/ann/.cache/loupe"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}

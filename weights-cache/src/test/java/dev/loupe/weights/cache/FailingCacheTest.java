package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.weights.FileContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each step of a cache fails in turn, in each way in which a step can fail. */
class FailingCacheTest {
  private static final String MESSAGE = "made to fail";
  private static final Failure NONE = new Failure(Step.NONE, IOException::new);

  /** What is done with a cache, in this order. */
  private enum Step {
    NONE,
    NAME,
    HASH,
    REMEMBER,
    READ,
    CREATE_FOLDER,
    SWEEP,
    DELETE_OUTDATED,
    FREE_SPACE,
    NEW_FILE,
    ANNOUNCE,
    WRITE_DATA,
    WRITE_TABLE,
    WRITE_HEADER,
    RENAME,
    CLOSE_WRITTEN,
    CLOSE_READ
  }

  @TempDir private Path folder;

  private Path cache;
  private Path stored;

  @BeforeEach
  void aSourceFileThatIsOldEnoughToBeRemembered() throws IOException {
    cache = folder.resolve("cache");
    stored = Files.writeString(folder.resolve("stored"), "abc");
    Files.setLastModifiedTime(stored, FileTime.from(Instant.ofEpochSecond(1000)));
  }

  /** Fails at one step. */
  private record Failure(Step step, Supplier<Throwable> cause) {

    void at(Step now) throws IOException {
      if (now == step) {
        switch (cause.get()) {
          case IOException e -> throw e;
          case RuntimeException e -> throw e;
          case Error e -> throw e;
          case Throwable e -> throw new AssertionError(e);
        }
      }
    }

    /** For steps that declare no exception, as if they did. */
    void uncheckedAt(Step now) {
      Failure.<RuntimeException>sneak(this, now);
    }

    @SuppressWarnings("unchecked") // The cast is to nothing in particular, which is the point.
    private static <E extends Exception> void sneak(Failure failure, Step now) throws E {
      try {
        failure.at(now);
      } catch (IOException e) {
        throw (E) e;
      }
    }
  }

  private static final class FailingFolder extends CacheFolder {
    private final Failure failure;

    FailingFolder(Path path, Failure failure) {
      super(path);
      this.failure = failure;
    }

    @Override
    Optional<PackedFile> read(CacheName name, Backend backend) throws IOException {
      failure.at(Step.READ);
      return super.read(name, backend).map(file -> new FailingPackedFile(file, failure));
    }

    @Override
    void create() throws IOException {
      failure.at(Step.CREATE_FOLDER);
      super.create();
    }

    @Override
    void sweep() throws IOException {
      failure.at(Step.SWEEP);
      super.sweep();
    }

    @Override
    void deleteOutdated(CacheName name) throws IOException {
      failure.at(Step.DELETE_OUTDATED);
      super.deleteOutdated(name);
    }

    @Override
    long usableSpace() throws IOException {
      failure.at(Step.FREE_SPACE);
      return super.usableSpace();
    }

    @Override
    TemporaryFile newFile() throws IOException {
      failure.at(Step.NEW_FILE);
      return new FailingFile(super.newFile(), failure);
    }

    @Override
    Path write(Path file, List<String> lines) throws IOException {
      failure.at(Step.REMEMBER);
      return super.write(file, lines);
    }
  }

  private static final class FailingPackedFile extends PackedFile {
    private final Failure failure;

    FailingPackedFile(PackedFile file, Failure failure) {
      super(file);
      this.failure = failure;
    }

    @Override
    public void close() {
      super.close();
      failure.uncheckedAt(Step.CLOSE_READ);
    }
  }

  private static final class FailingFile extends TemporaryFile {
    private final Failure failure;
    private int writes;

    FailingFile(TemporaryFile file, Failure failure) {
      super(file);
      this.failure = failure;
    }

    @Override
    public void write(long position, ByteBuffer bytes) throws IOException {
      List<Step> steps = List.of(Step.WRITE_DATA, Step.WRITE_TABLE, Step.WRITE_HEADER);
      failure.at(steps.get(writes++));
      super.write(position, bytes);
    }

    @Override
    public void moveTo(Path target) throws IOException {
      failure.at(Step.RENAME);
      super.moveTo(target);
    }

    @Override
    public void close() {
      super.close();
      failure.uncheckedAt(Step.CLOSE_WRITTEN);
    }
  }

  private static final class FailingLoads extends CacheLoads {
    private final Failure failure;

    FailingLoads(Path cache, Failure failure) {
      super(new FailingFolder(cache, failure));
      this.failure = failure;
    }

    @Override
    public void hashed(String file, long done, long total) {
      failure.uncheckedAt(Step.HASH);
    }

    @Override
    public void building(Path file, long bytes) {
      failure.uncheckedAt(Step.ANNOUNCE);
    }
  }

  /** Named by the content of a file, as a checkpoint is. */
  private final class FailingWeights extends CountedWeights {
    private final Failure failure;

    FailingWeights(Failure failure) {
      super("");
      this.failure = failure;
    }

    @Override
    public Optional<String> identity(FileContent content) throws IOException {
      failure.at(Step.NAME);
      return Optional.of(content.of(stored));
    }
  }

  static Stream<Arguments> failures() {
    List<Supplier<Throwable>> causes =
        List.of(
            () -> new IOException(MESSAGE),
            () -> new IllegalStateException(MESSAGE),
            () -> new InternalError(MESSAGE),
            () -> new OutOfMemoryError(MESSAGE));
    return Arrays.stream(Step.values())
        .filter(step -> step != Step.NONE)
        .flatMap(step ->
            causes.stream()
                .map(cause ->
                    Arguments.argumentSet(
                        step + " " + cause.get().getClass().getSimpleName(),
                        new Failure(step, cause))));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void costsOneWarningAndNothingElse(Failure failure) throws IOException {
    if (failure.step() == Step.CLOSE_READ) {
      load(NONE);
    }
    FailingLoads loads = new FailingLoads(cache, failure);
    CacheLoads.Outcome outcome = loads.load(new FailingWeights(failure), DType.F32);

    assertThat(outcome).isEqualTo(CacheLoads.uncached(DType.F32));
    if (failure.step() == Step.REMEMBER) {
      assertThat(loads.warnings()).as("packed weights were kept all the same").isEmpty();
    } else {
      assertThat(loads.warnings()).singleElement().asString().contains(MESSAGE);
    }
    assertThat(files(".tmp")).isEmpty();
    assertThat(files(".packed")).hasSize(endsWithAFile(failure.step()) ? 1 : 0);
  }

  private static boolean endsWithAFile(Step step) {
    return switch (step) {
      case REMEMBER, READ, CLOSE_WRITTEN, CLOSE_READ -> true;
      default -> false;
    };
  }

  private void load(Failure failure) throws IOException {
    FailingLoads loads = new FailingLoads(cache, failure);
    loads.load(new FailingWeights(failure), DType.F32);
    assertThat(loads.warnings()).isEmpty();
  }

  @Test
  void theTestItselfBuildsAndReadsWhereNothingFails() throws IOException {
    load(NONE);
    FailingLoads loads = new FailingLoads(cache, NONE);
    assertThat(loads.load(new FailingWeights(NONE), DType.F32).cached()).isTrue();
  }

  private List<Path> files(String suffix) throws IOException {
    if (!Files.exists(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(cache)) {
      return files.filter(f -> f.toString().endsWith(suffix)).toList();
    }
  }
}

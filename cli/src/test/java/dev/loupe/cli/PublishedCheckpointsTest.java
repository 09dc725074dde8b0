package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.terminal.LoadingProgress;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Folders with the names, shards and index of the published checkpoints. */
class PublishedCheckpointsTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void aSecondStartReadsWhatTheFirstHasKeptAndSaysTheSame(PublishedSize size) throws IOException {
    startsTwice(size.writeSmall(folder.resolve("model")));
  }

  private void startsTwice(Path model) throws IOException {
    Path cache = folder.resolve("cache");
    CommandLineRun first = caption(model, "--cache-dir", cache);
    assertThat(first.exit()).as(first.err()).isEqualTo(ExitCodes.OK);
    Path file = onlyFile(cache);
    assertThat(first.err())
        .startsWith("loupe: model: lays out ")
        .containsOnlyOnce("of weights and keeps them for later starts in " + file)
        .doesNotContain("cannot be kept");
    long written = Files.getLastModifiedTime(file).toMillis();

    CommandLineRun second = caption(model, "--cache-dir", cache);
    assertThat(second.out()).isEqualTo(first.out()).isNotBlank();
    assertThat(second.err()).doesNotContain("lays out", "packed weights", "built anew");
    assertThat(onlyFile(cache)).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(written);

    CommandLineRun without = caption(model, "--no-cache");
    assertThat(without.out()).isEqualTo(first.out());
    assertThat(without.err()).doesNotContain("lays out");
  }

  @ParameterizedTest
  @EnumSource
  void inspectReadsTheHeadersAloneAndFindsNothingWrong(PublishedSize size) throws IOException {
    Path model = sparse(size);
    Path cache = folder.resolve("cache");
    CommandLineRun run = CommandLineRun.of("inspect", "-m", model, "--cache-dir", cache);
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines())
        .contains(
            "  %-24s none".formatted("packed_weights"),
            "  %-24s %s, which the next start keeps in %s"
                .formatted("packed_weights_size", LoadingProgress.gigabytes(size.bytes()), cache))
        .anyMatch(line ->
            line.matches("  all +BF16 +%d .* %s".formatted(size.tensors(), grouped(size.bytes()))));
    assertThat(cache).doesNotExist();
  }

  private static String grouped(long bytes) {
    return String.format(Locale.getDefault(), "%,d", bytes);
  }

  /**
   * The 2B at its real size, which takes a minute, 5 GB of memory and 5 GB of disk. Run it with
   * {@code mvn -pl engine -am test -Dtest.excluded= -Dtest=PublishedCheckpointsTest
   * -Dsurefire.failIfNoSpecifiedTests=false}.
   */
  @Test
  @Tag("exhaustive")
  void theRealSizeStartsTwiceToo() throws IOException {
    long disk = Files.getFileStore(folder).getUsableSpace();
    assumeTrue(disk > 6_000_000_000L, "less than 6 GB of disk for a cache in " + folder);
    var system = ManagementFactory.getOperatingSystemMXBean();
    assumeTrue(
        system instanceof com.sun.management.OperatingSystemMXBean memory
            && memory.getTotalMemorySize() > 10_000_000_000L,
        "less than 10 GB of memory");
    startsTwice(sparse(PublishedSize.B2));
  }

  private Path sparse(PublishedSize size) {
    try {
      return size.writeSparse(folder.resolve("model"));
    } catch (IOException e) {
      return abort("no sparse files in " + folder + ": " + e);
    }
  }

  private static CommandLineRun caption(Path model, Object... options) {
    List<Object> fixed =
        List.of("caption", "-m", model, "--max-new-tokens", 8, "--max-pixels", 3136);
    return CommandLineRun.of(
        Stream.of(fixed.stream(), Stream.of(options), Stream.of(TestFiles.scene("clip-000-0")))
            .flatMap(part -> part)
            .toArray());
  }

  private static Path onlyFile(Path cache) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files
          .filter(Files::isRegularFile)
          .reduce((a, b) -> Path.of("two files"))
          .orElseThrow();
    }
  }
}

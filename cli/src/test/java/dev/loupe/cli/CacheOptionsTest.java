package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.engine.LoadOptions;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheOptionsTest {
  /** Hardly larger than what is not kept: 80 MB of weights. It fits the captioner's tokenizer. */
  private static final String MODEL =
      "synthetic:2b:hidden=512:intermediate=8192:layers=3:heads=4:kv_heads=2:vocab=457"
          + ":depth=1:embed_dim=256:vision_heads=4";

  @TempDir private Path folder;

  @Test
  void theSecondStartReadsWhatTheFirstHasWrittenAndSaysTheSame() throws IOException {
    Path cache = folder.resolve("cache");
    Path tokenizer = Fixtures.modelIn(folder.resolve("model"));
    CommandLineRun inspected = inspect(cache);
    assertThat(inspected.out())
        .containsPattern("packed_weights +none\n")
        .containsPattern("packed_weights_size +0.1 GB, which the next start keeps in " + cache);

    CommandLineRun first = caption("--tokenizer", tokenizer, "--cache-dir", cache);
    Path file = onlyFile(cache);
    assertThat(first.err())
        .startsWith(
            "loupe: %s: lays out 0.1 GB of weights and keeps them for later starts in %s "
                .formatted(MODEL, file))
        .doesNotContain("packed weights");
    long written = Files.getLastModifiedTime(file).toMillis();
    assertThat(inspect(cache).out())
        .containsPattern("packed_weights +" + file + "\n")
        .containsPattern("packed_weights_size +0.1 GB\n");
    assertThat(inspect(cache, "--weights=head=int8").out())
        .as("integers have a file of their own")
        .containsPattern("packed_weights +none\n")
        .containsPattern("packed_weights_size +0.1 GB, which the next start keeps in ");

    CommandLineRun second = caption("--tokenizer", tokenizer, "--cache-dir", cache);
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(onlyFile(cache)).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(written);

    CommandLineRun without = caption("--tokenizer", tokenizer, "--no-cache");
    assertThat(without.out()).isEqualTo(first.out());
  }

  @Test
  void integersAreKeptAsWell() throws IOException {
    Path cache = folder.resolve("cache");
    Path tokenizer = Fixtures.modelIn(folder.resolve("model"));
    Object[] options = {"--tokenizer", tokenizer, "--cache-dir", cache, "--weights=int4:128"};
    CommandLineRun first = caption(options);
    assertThat(first.exit()).isEqualTo(ExitCodes.OK);
    Path file = onlyFile(cache);
    assertThat(Files.size(file)).isLessThan(40_000_000);
    long written = Files.getLastModifiedTime(file).toMillis();

    assertThat(caption(options).out()).isEqualTo(first.out());
    assertThat(onlyFile(cache)).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(written);
    assertThat(inspect(cache, "--weights=int4:128").out())
        .containsPattern("packed_weights +" + file + "\n");
  }

  @Test
  void aFolderThatCannotBeUsedCostsOneLineOnStandardErrorUnlessQuiet() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path tokenizer = Fixtures.modelIn(folder.resolve("model"));
    CommandLineRun run = caption("--tokenizer", tokenizer, "--cache-dir", file);
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err())
        .startsWith(
            "loupe: packed weights cannot be kept on disk, only in memory, so the next load takes as "
                + "long as this one: %s: expected a folder, found a file; choose another cache folder, or none\n"
                    .formatted(file));
    assertThat(caption("--tokenizer", tokenizer, "--cache-dir", file, "--quiet").err()).isEmpty();
  }

  @Test
  void aQuietFirstStartSaysNothing() throws IOException {
    Path tokenizer = Fixtures.modelIn(folder.resolve("model"));
    Path cache = folder.resolve("cache");
    assertThat(caption("--tokenizer", tokenizer, "--cache-dir", cache, "--quiet").err()).isEmpty();
    assertThat(onlyFile(cache)).exists();
  }

  @Test
  void bothOptionsTogetherMakeNoSense() {
    CommandLineRun run = CommandLineRun.of("inspect", "--no-cache", "--cache-dir", folder);
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("--cache-dir", "--no-cache", "mutually exclusive");
  }

  @Test
  void anEmbedderMayChooseTheFolderOrNone() {
    assertThat(LoadOptions.defaults().cache()).isPresent();
    assertThat(LoadOptions.defaults().cache(folder).cache()).contains(folder);
    assertThat(LoadOptions.defaults().noCache().cache()).isEmpty();
  }

  private static CommandLineRun inspect(Path cache, Object... options) {
    Object[] fixed = {"inspect", "-m", MODEL, "--cache-dir", cache};
    return run(fixed, options);
  }

  private static CommandLineRun caption(Object... options) {
    Object[] fixed = {
      "caption",
      "-m",
      MODEL,
      "--max-new-tokens",
      3,
      "--max-pixels",
      3136,
      TestFiles.scene("clip-000-0")
    };
    return run(fixed, options);
  }

  private static CommandLineRun run(Object[] fixed, Object[] options) {
    return CommandLineRun.of(
        Stream.concat(Stream.of(fixed), Stream.of(options)).toArray(Object[]::new));
  }

  private static Path onlyFile(Path cache) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.reduce((a, b) -> Path.of("two")).orElseThrow();
    }
  }
}

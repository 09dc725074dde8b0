package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, run inside an application that the test looks at afterwards. */
class CaptionPicturesTest {

  @TempDir static Path common;
  private static SparkSession spark;

  @TempDir Path folder;
  private Path in;
  private Path out;

  @BeforeAll
  static void start() {
    spark = LocalSpark.builder(common).getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void draw() throws IOException {
    in = folder.resolve("in");
    out = folder.resolve("out.parquet");
    Scenes.draw(in, 0, 30);
  }

  private CaptionRun.Result run(String... more) throws IOException {
    String[] arguments =
        Stream.concat(
                Stream.of(in.toString(), "-r", "--output", out.toString(), "--max-new-tokens=4"),
                Stream.of(more))
            .toArray(String[]::new);
    return new CaptionRun(spark, CaptionCommandLine.parse(arguments)).run();
  }

  private Dataset<Row> rows() {
    return spark.read().parquet(out.toString());
  }

  @Test
  void aSecondRunCaptionsOnlyWhatIsNew() throws IOException {
    Files.writeString(in.resolve("broken.jpg"), "no picture");
    Files.writeString(in.resolve("notes.txt"), "not taken for a picture");
    assertThat(run("--pictures-per-task", "8")).isEqualTo(new CaptionRun.Result(30, 1, 0));
    assertThat(files()).hasSize(4);

    assertThat(run()).isEqualTo(new CaptionRun.Result(0, 0, 31));
    Scenes.draw(in, 30, 2);
    assertThat(run()).isEqualTo(new CaptionRun.Result(2, 0, 31));

    assertThat(rows().count()).isEqualTo(33);
    assertThat(rows().select("path").distinct().count()).isEqualTo(33);
    assertThat(rows().columns()).startsWith("path", "modificationTime", "length", "text");
  }

  @Test
  void anotherQuestionOrSettingIsOtherWork() throws IOException {
    run();
    assertThat(run("--prompt", "What is it?").captioned()).isEqualTo(30);
    assertThat(run("--dtype", "bfloat16").captioned()).isEqualTo(30);
    assertThat(run("--weights", "int4").captioned()).isEqualTo(30);
    assertThat(run("--batch", "2", "--threads=1")).isEqualTo(new CaptionRun.Result(0, 0, 30));
  }

  /** As after a kill: the files of some tasks are there, and what Spark leaves behind. */
  @Test
  void aRunThatWasKilledIsContinued() throws IOException {
    run("--pictures-per-task=5");
    List<Path> files = files();
    for (Path file : files.subList(0, 2)) {
      Files.delete(file);
      Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }
    Files.delete(out.resolve("_SUCCESS"));
    Files.createDirectories(out.resolve("_temporary/0/task"));
    long left = 30 - rows().count();

    assertThat(run()).isEqualTo(new CaptionRun.Result(left, 0, 30 - left));
    assertThat(rows().select("path").distinct().count()).isEqualTo(30);
  }

  @Test
  void anOutputOfSomethingElseIsRefused() throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("letter.txt"), "Dear");

    assertThatThrownBy(this::run)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("choose another --output");

    Path other = folder.resolve("other.parquet");
    spark.range(3).write().parquet(other.toString());
    out = other;
    assertThatThrownBy(this::run).hasMessageContaining("choose another --output");
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertThatThrownBy(() -> CaptionCommandLine.parse("in"))
        .hasMessage("--output: expected a folder for Parquet, found none");
    assertThatThrownBy(() -> CaptionCommandLine.parse("--output", "out"))
        .hasMessage("expected a folder with pictures, found none");
    assertThatThrownBy(() -> CaptionCommandLine.parse("in", "-o", "out", "--modle=x"))
        .hasMessage("--modle: expected an option that exists; --help lists them");
    assertThatThrownBy(() -> CaptionCommandLine.parse("in", "-o"))
        .hasMessage("-o: expected a value after it, found none");
    assertThatThrownBy(() -> CaptionCommandLine.parse("in", "-o", "x", "--pictures-per-task=0"))
        .hasMessage("--pictures-per-task: expected at least 1, found 0");
    assertThat(CaptionCommandLine.help()).contains("--max-new-tokens N", "--cache-dir TEXT");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }
}

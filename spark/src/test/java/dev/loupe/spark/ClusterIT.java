package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jar on a cluster whose executors are killed and halted. */
@Tag("cluster")
@EnabledOnOs(value = OS.LINUX, disabledReason = "SIGSTOP, and the address 127.0.0.2")
class ClusterIT {

  private static final int SCENES = 600;
  private static final int PER_TASK = 10;
  private static final int BROKEN = 3;

  /** Few pictures have longer answers, but these take most of the time. */
  private static final String TOKENS = "--max-new-tokens=24";

  private static final Pattern LOADED = Pattern.compile("model captioner: loaded in .*");

  @TempDir static Path home;
  private static Cluster cluster;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    cluster = Cluster.start(home);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void theSqlFunctionNeedsNothingButTheJar() throws Exception {
    Path log = folder.resolve("sql.log");
    Process submit =
        cluster.submit(
            log,
            "--conf=spark.executor.memory=600m",
            "--conf=spark.ui.enabled=false",
            "--jars=" + Cluster.JAR,
            "--class=" + SqlMain.class.getName(),
            "spark-internal",
            Path.of("..", "samples").toRealPath().toString());

    assertThat(submit.waitFor()).as(text(log)).isZero();
    assertThat(text(log).lines().filter(line -> line.startsWith("caption: A "))).hasSize(4);
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void everyCaptionIsThatOfOneMachineAlsoIfAnExecutorIsKilledAndAnotherHangs() throws Exception {
    Path in = folder.resolve("in");
    Scenes.draw(in, 0, SCENES);
    for (int n = 0; n < BROKEN; n++) {
      Files.write(in.resolve("broken%d.png".formatted(n)), new byte[] {(byte) 0x89, 'P', (byte) n});
    }
    Path out = folder.resolve("out.parquet");
    Path log = folder.resolve("submit.log");
    Path events = Files.createDirectories(folder.resolve("events"));
    long before = loaded();
    Process submit =
        cluster.submit(
            log,
            "--conf=spark.executor.memory=600m",
            "--conf=spark.ui.enabled=false",
            "--conf=spark.network.timeout=60s",
            "--conf=spark.speculation=true",
            "--conf=spark.speculation.interval=200ms",
            "--conf=spark.speculation.minTaskRuntime=1s",
            "--conf=spark.speculation.quantile=0.5",
            "--conf=spark.speculation.multiplier=1.2",
            "--conf=spark.eventLog.enabled=true",
            "--conf=spark.eventLog.compress=false",
            "--conf=spark.eventLog.dir=" + events.toUri(),
            "--conf=spark.sql.shuffle.partitions=2",
            Cluster.JAR.toString(),
            in.toString(),
            "--recursive",
            "--output=" + out,
            TOKENS,
            "--pictures-per-task=" + PER_TASK);
    await(submit, log, () -> parts(out) > 0 && loaded() >= before + 2);
    List<ProcessHandle> first = cluster.executors();
    assertThat(first.getFirst().destroyForcibly()).isTrue();
    // The one that replaces it hangs, at a task: it holds no other task's input.
    await(submit, log, () -> loaded() >= before + 3);
    ProcessHandle hanging =
        cluster.executors().stream().filter(each -> !first.contains(each)).findAny().orElseThrow();
    signal("STOP", hanging);
    await(submit, log, () -> parts(out) > SCENES / PER_TASK || text(log).contains("loupe: "));
    hanging.destroyForcibly(); // Spark would wait for it when it counts, and at the end.
    await(submit, log, () -> text(log).contains("loupe: "));
    assertThat(submit.waitFor(1, TimeUnit.MINUTES)).isTrue();

    assertThat(submit.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log))
        .contains("loupe: 600 pictures captioned, 3 with an error, 0 had a row before");
    assertThat(all(events).contains("\"Speculative\":true")).as("a speculative task").isTrue();
    List<String> logs = cluster.executorLogs();
    assertThat(logs).hasSizeGreaterThanOrEqualTo(3);
    assertThat(logs)
        .allSatisfy(
            text -> assertThat(LOADED.matcher(text).results().count()).isLessThanOrEqualTo(1));
    assertThat(String.join("\n", logs)).contains("model captioner: loaded", "vector");
    compare(in, out);
  }

  private void compare(Path in, Path out) throws Exception {
    Map<String, Map<String, Object>> expected =
        SingleMachine.captions(in, folder.resolve("single.jsonl"), TOKENS);
    Map<String, Row> found = new TreeMap<>();
    SparkSession spark = LocalSpark.builder(folder).getOrCreate();
    try {
      for (Row row : spark.read().parquet(out.toString()).collectAsList()) {
        String path = row.<String>getAs("path").replaceFirst("^file:", "");
        assertThat(found.put(path, row)).as("two rows of " + path).isNull();
      }
    } finally {
      spark.stop();
    }
    assertThat(found).hasSize(SCENES + BROKEN);
    assertThat(expected).hasSize(SCENES);
    for (Map.Entry<String, Map<String, Object>> each : expected.entrySet()) {
      Row row = found.remove(each.getKey());
      SameCaption.check(row, each.getValue());
    }
    assertThat(found.values())
        .allSatisfy(row -> assertThat(row.<String>getAs("error")).contains("expected a picture"));
  }

  /** The executors that have loaded the model, from the start of the cluster. */
  private static long loaded() {
    try {
      return cluster.executorLogs().stream().filter(log -> LOADED.matcher(log).find()).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int parts(Path out) {
    String[] names = out.toFile().list((_, name) -> name.endsWith(".parquet"));
    return names == null ? 0 : names.length;
  }

  private static void await(Process process, Path log, BooleanSupplier until) throws Exception {
    while (!until.getAsBoolean()) {
      assertThat(process.isAlive()).as(() -> text(log)).isTrue();
      Thread.sleep(50);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String all(Path files) throws IOException {
    try (Stream<Path> each = Files.walk(files)) {
      return String.join("", each.filter(Files::isRegularFile).map(ClusterIT::text).toList());
    }
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }
}

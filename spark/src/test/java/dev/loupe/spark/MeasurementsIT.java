package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Speed beside the command line, and memory over many pictures. For an idle machine: a busy one
 * says nothing.
 */
@Tag("exhaustive")
@EnabledOnOs(value = OS.LINUX, disabledReason = "memory is read from /proc")
class MeasurementsIT {

  private static final int SCENES = Integer.getInteger("loupe.scenes", 2000);
  private static final int MANY = Integer.getInteger("loupe.many", 5000);
  private static final int TURNS = 3;
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  @TempDir Path folder;

  /** The start of each, measured with one picture, is left out. */
  @Test
  void twoCoresOfSparkAreAsFastAsTheCommandLine() throws Exception {
    Cluster.linkJars(folder.resolve("spark"));
    Path one = folder.resolve("one");
    Path all = folder.resolve("all");
    Scenes.draw(one, 0, 1);
    Scenes.draw(all, 0, SCENES);
    List<Double> ratios = new ArrayList<>();
    for (int turn = 0; turn < TURNS; turn++) {
      double loupe = seconds(command(all)) - seconds(command(one));
      double spark = seconds(submit(all)) - seconds(submit(one));
      ratios.add(loupe / spark);
      System.out.printf(
          Locale.ROOT,
          "%d scenes: caption %.1f s (%.1f pictures/s), local[2] %.1f s (%.1f pictures/s), %.0f %%%n",
          SCENES,
          loupe,
          SCENES / loupe,
          spark,
          SCENES / spark,
          100 * loupe / spark);
    }
    ratios.sort(null);

    assertThat(ratios.get(TURNS / 2)).isGreaterThanOrEqualTo(0.9);
  }

  @Test
  void memoryIsFlatOverFiveThousandPictures() throws Exception {
    Cluster.linkJars(folder.resolve("spark"));
    Path all = folder.resolve("all");
    Scenes.draw(all, 0, MANY);
    Process process = start(submit(all));
    long early = 0;
    long late = 0;
    while (process.isAlive()) {
      int files = files();
      long resident = resident(process);
      early = files <= MANY / 100 * 2 / 5 ? Math.max(early, resident) : early;
      late = Math.max(late, resident);
      Thread.sleep(200);
    }
    System.out.printf(
        Locale.ROOT,
        "%d scenes: at most %.0f MB over the first two fifths, %.0f MB over all%n",
        MANY,
        early / 1e6,
        late / 1e6);

    assertThat(process.exitValue()).isZero();
    assertThat(late).isLessThan(early + early / 10);
  }

  private int files() {
    String[] names = folder.resolve("out").toFile().list((_, name) -> name.endsWith(".parquet"));
    return names == null ? 0 : names.length;
  }

  private static long resident(Process process) {
    try {
      Matcher found =
          RESIDENT.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
      return found.find() ? Long.parseLong(found.group(1)) * 1024 : 0;
    } catch (IOException e) {
      return 0; // It has ended.
    }
  }

  private double seconds(List<String> command) throws Exception {
    long start = System.nanoTime();
    assertThat(start(command).waitFor()).isZero();
    return (System.nanoTime() - start) / 1e9;
  }

  private Process start(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().put("SPARK_HOME", folder.resolve("spark").toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    return builder.start();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private List<String> command(Path pictures) throws IOException {
    Path rows = folder.resolve("rows.jsonl");
    Files.deleteIfExists(rows);
    return List.of(
        java(),
        "-jar",
        Path.of("..", "cli", "target", "loupe.jar").toString(),
        "caption",
        "--threads=2",
        "--recursive",
        "--format=jsonl",
        "--output=" + rows,
        pictures.toString());
  }

  private List<String> submit(Path pictures) {
    deleteOutput();
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(
        List.of(
            "-Xmx1g",
            "-cp",
            folder.resolve("spark/jars") + "/*",
            "org.apache.spark.deploy.SparkSubmit",
            "--master",
            "local[2]",
            "--conf",
            "spark.ui.enabled=false",
            Cluster.JAR.toString(),
            "--recursive",
            "--pictures-per-task=100",
            "--output=" + folder.resolve("out"),
            pictures.toString()));
    return command;
  }

  private void deleteOutput() {
    FileUtil.fullyDelete(folder.resolve("out").toFile());
  }
}

package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example for Python, where Python and a PySpark of this version are installed. */
@Tag("cluster")
class PySparkIT {

  private static final String VERSION = "import pyspark; print(pyspark.__version__)";

  @TempDir Path folder;

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void theExampleShowsCaptions() throws Exception {
    Path version = folder.resolve("version");
    assumeTrue(
        python(version, "-c", VERSION) == 0 && Files.readString(version).startsWith("4.2."),
        "no python3 with pyspark 4.2");
    Path example = folder.resolve("example.py");
    Files.writeString(
        example,
        SparkPage.block("python")
            .replace(
                "SparkSession.builder",
                "SparkSession.builder.master('local[2]').config('spark.jars', '%s')"
                    .formatted(Cluster.JAR))
            .replace("\"samples\"", "\"%s\"".formatted(Path.of("../samples").toRealPath())));
    Path shown = folder.resolve("shown");

    int exit = python(shown, example.toString());

    assertThat(exit).as(Files.readString(shown)).isZero();
    assertThat(Files.readString(shown)).contains("triangles.png", "|A ", "NULL");
  }

  private static int python(Path output, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    try {
      return builder.start().waitFor();
    } catch (IOException e) {
      return -1; // There is no python3.
    }
  }
}

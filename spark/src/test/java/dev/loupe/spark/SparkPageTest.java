package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/spark.md} do what the page says. */
class SparkPageTest {

  @TempDir Path folder;

  @Test
  void theProgramCompiles() throws IOException {
    List<String> imports = new ArrayList<>();
    List<String> statements = new ArrayList<>();
    SparkPage.block("java")
        .lines()
        .forEach(line -> (line.startsWith("import ") ? imports : statements).add(line));
    Path source = folder.resolve("Snippet.java");
    Files.writeString(
        source,
        """
        %s
        import org.apache.spark.sql.*;
        class Snippet {
          static void run(SparkSession spark) {
            %s
          }
        }
        """
            .formatted(String.join("\n", imports), String.join("\n", statements)));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();

    int exit =
        compiler.run(
            null,
            null,
            null,
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-proc:none",
            source.toString());

    assertThat(exit).isZero();
  }

  @Test
  void theQueryCaptionsTheSamples() throws IOException {
    String[] queries = SparkPage.block("sql").replace("`samples`", "`../samples`").split(";\n");
    SparkSession spark = LocalSpark.builder(folder).getOrCreate();
    try {
      spark.sql(queries[0]);
      List<Row> rows = spark.sql(queries[1]).collectAsList();
      try (Stream<Path> samples = Files.list(Path.of("..", "samples"))) {
        assertThat(rows).hasSize((int) samples.count());
      }
      assertThat(rows)
          .filteredOn(row -> row.getString(0).endsWith(".png"))
          .isNotEmpty()
          .allSatisfy(row -> assertThat(row.getString(1)).startsWith("A "));
    } finally {
      spark.stop();
    }
  }
}

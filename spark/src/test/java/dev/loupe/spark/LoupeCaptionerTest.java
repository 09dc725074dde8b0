package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Scenes;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoupeCaptionerTest {
  @Test
  void first(@TempDir Path folder) throws Exception {
    Scenes.draw(folder.resolve("in"), 0, 40);
    long t = System.nanoTime();
    try (SparkSession spark = LocalSpark.builder(folder).getOrCreate()) {
      System.out.println("start " + (System.nanoTime() - t) / 1e9);
      Dataset<Row> in =
          spark
              .read()
              .format("binaryFile")
              .option("recursiveFileLookup", "true")
              .load(folder.resolve("in").toString());
      LoupeCaptioner captioner = new LoupeCaptioner();
      System.out.println(captioner.memory() + " " + captioner.memory().options());
      List<Row> rows = captioner.caption(in).select("path", "caption").collectAsList();
      rows.forEach(System.out::println);
      System.out.println(captioner.metrics());
      System.out.println("end " + (System.nanoTime() - t) / 1e9);
      assertThat(rows).hasSize(40);
    }
    System.out.println("closed " + (System.nanoTime() - t) / 1e9);
  }
}

package dev.loupe.spark;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Spark inside the JVM of a test, on loopback and without its web page. */
final class LocalSpark {

  private LocalSpark() {}

  /**
   * An application with two cores.
   *
   * @param folder for everything that Spark writes
   */
  static SparkSession.Builder builder(Path folder) {
    return SparkSession.builder()
        .master("local[2]")
        .appName("loupe")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", folder.resolve("local").toString())
        .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toUri().toString())
        .config("spark.sql.shuffle.partitions", "2");
  }
}

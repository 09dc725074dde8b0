package dev.loupe.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.sql.SparkSession;

/** A program that knows nothing of Loupe but the name of the SQL function. */
public final class SqlMain {

  private SqlMain() {}

  /**
   * Captions a folder.
   *
   * @param arguments the folder
   */
  public static void main(String[] arguments) {
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark
          .sql(
              "SELECT c.text FROM (SELECT loupe_caption(content) AS c FROM binaryFile.`%s`)"
                  .formatted(arguments[0]))
          .collectAsList()
          .forEach(row -> System.out.println("caption: " + row.getString(0)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

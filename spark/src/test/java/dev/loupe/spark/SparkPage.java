package dev.loupe.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What {@code docs/spark.md} shows. */
final class SparkPage {

  private static final Path PAGE = Path.of("..", "docs", "spark.md");

  private SparkPage() {}

  /**
   * The block in a language.
   *
   * @param language as the page names it: {@code java}, {@code sql} or {@code python}
   */
  static String block(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(PAGE))
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }
}

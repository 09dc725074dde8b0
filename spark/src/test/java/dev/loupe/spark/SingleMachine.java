package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.JsonLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rows of {@code loupe caption}, which those of Spark must equal. */
final class SingleMachine {

  private SingleMachine() {}

  /**
   * Captions a folder with the command line, as a process of its own.
   *
   * @param output where the rows go
   * @param options of the command
   * @return rows by the path of their picture
   */
  static Map<String, Map<String, Object>> captions(Path folder, Path output, String... options)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.loupe.cli.LoupeCommand",
                "caption",
                "-r",
                folder.toString(),
                "--format=jsonl",
                "--receipt",
                "--output=" + output));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).inheritIO().start();
    // A picture that failed has no row.
    assertThat(process.waitFor()).isIn(0, 3);
    Map<String, Map<String, Object>> rows = new TreeMap<>();
    JsonLines.of(output)
        .forEach(row ->
            rows.put(output.getParent().resolve((String) row.get("file_name")).toString(), row));
    return rows;
  }
}

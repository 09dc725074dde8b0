package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line in countries whose digits, letters or decimal points are others. */
class LocaleTest {

  @ParameterizedTest
  @ValueSource(strings = {"fa", "ar", "mr", "my", "tr", "de"})
  void aCommandWritesTheSameInEveryLanguage(String language) throws Exception {
    Path picture = TestFiles.scene("scene-011");
    List<String> caption = List.of("caption", "--format=jsonl", "--max-new-tokens=3");

    String there = run(List.of("-Duser.language=" + language), caption, picture);
    String here = run(List.of("-Duser.language=en"), caption, picture);

    assertThat(withoutTimes(there)).isEqualTo(withoutTimes(here)).contains("\"width\":112");
  }

  @Test
  void aWrongNumberIsShownInTheDigitsItWasTypedIn() throws Exception {
    String message =
        run(
            List.of("-Duser.language=fa"),
            List.of("caption", "--max-new-tokens=0"),
            TestFiles.scene("scene-011"));

    assertThat(message).contains("--max-new-tokens: expected at least 1, found 0");
  }

  private static String withoutTimes(String rows) {
    return rows.replaceAll("\"(\\w+_ms)\":[0-9.]+", "\"$1\":0");
  }

  private static String run(List<String> options, List<String> command, Path picture)
      throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    all.addAll(options);
    all.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "-cp",
            System.getProperty("java.class.path"),
            LoupeCommand.class.getName()));
    all.addAll(command);
    all.add(picture.toString());
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String written = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return written.lines().filter(line -> !line.startsWith("WARNING")).toList().toString();
  }
}

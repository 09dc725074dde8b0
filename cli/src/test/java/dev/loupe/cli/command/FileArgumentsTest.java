package dev.loupe.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.testkit.TestFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of files on the command line that no file has. */
class FileArgumentsTest {

  private static final String EMPTY = "expected a file or folder, found an empty name";
  private static final String DASH =
      "expected a file or folder, found -; ./- names one that is called so";

  @ParameterizedTest
  @CsvSource({
    "caption, ''",
    "caption, -",
    "diagnose, ''",
    "screen, -",
    "compare, -",
    "compare, ''"
  })
  void anArgumentThatNamesNothingIsRefused(String command, String name) {
    CommandLineRun run = CommandLineRun.of(command, name, name);

    assertThat(run.err()).startsWith("loupe: " + (name.isEmpty() ? EMPTY : DASH) + "\n");
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
  }

  @ParameterizedTest
  @CsvSource({"caption, --monitor", "screen, --json", "trace, --out", "diagnose, --html"})
  void noOptionTakesTheNameOfAStandardStreamForAFile(String command, String option) {
    Path picture = TestFiles.file("pictures/scenes/scene-001.png");

    CommandLineRun run = CommandLineRun.of(command, picture, option, "-");

    assertThat(run.err()).startsWith("loupe: %s: %s%n".formatted(option, DASH));
    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(Files.exists(Path.of("-"))).isFalse();
  }

  @Test
  void anOptionThatMeansAStandardStreamTakesItsName() {
    Path picture = TestFiles.file("pictures/scenes/scene-001.png");

    CommandLineRun run = CommandLineRun.of("caption", picture, "--output", "-");

    assertThat(run.out()).startsWith(picture + "\t");
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
  }
}

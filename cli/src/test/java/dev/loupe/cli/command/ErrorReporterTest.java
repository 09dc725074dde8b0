package dev.loupe.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorReporterTest {

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(new NoSuchFileException("a.png"), "a.png: no such file or folder"),
        arguments(new AccessDeniedException("a.png"), "a.png: permission denied"),
        arguments(new FileAlreadyExistsException("a.txt"), "a.txt: exists already"),
        arguments(new NotDirectoryException("a.png"), "a.png: not a folder"),
        arguments(new DirectoryNotEmptyException("photos"), "photos: the folder is not empty"),
        arguments(
            new FileSystemException("a.png", null, "Is a directory"), "a.png: Is a directory"),
        arguments(new IOException("a.png: not a picture"), "a.png: not a picture"),
        arguments(
            new UncheckedIOException(new NoSuchFileException("a")), "a: no such file or folder"),
        arguments(new IllegalArgumentException("--seed: negative"), "--seed: negative"),
        arguments(new IllegalStateException("the model is closed"), "the model is closed"),
        arguments(new UnsupportedOperationException("AVIF"), "AVIF"),
        arguments(new IOException(), "java.io.IOException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureIsOneLineThatNamesItsSubject(Exception failure, String line) {
    assertThat(ErrorReporter.text(failure)).isEqualTo(line);
  }

  @Test
  void aBugIsCalledOneAndAsksForAReport() {
    assertThat(ErrorReporter.text(new IndexOutOfBoundsException("7")))
        .startsWith("internal error, please report it")
        .endsWith("java.lang.IndexOutOfBoundsException: 7");
  }

  @Test
  void aModelFileThatWasCutWhileInUseIsSaid() {
    InternalError fault =
        new InternalError("a fault occurred in an unsafe memory access operation");

    assertThat(ErrorReporter.text(fault)).startsWith("a file of the model was changed or cut");
  }

  @Test
  void noControlCharacterOfANameReachesTheTerminal() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(out, true, StandardCharsets.UTF_8);

    new ErrorReporter(err, () -> true)
        .report(new IOException("a\u001b[2J\n\u202e.png: not a picture"));

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("loupe: a\\u001b[2J\\u000a\\u202e.png: not a picture")
        .contains("\tat ")
        .doesNotContain("\u001b", "\u202e");
  }

  @Test
  void tooLittleMemorySaysHowToGetMore() {
    assertThat(ErrorReporter.text(new OutOfMemoryError("Java heap space")))
        .contains("Java heap space", "LOUPE_JAVA_OPTS=-Xmx8g");
  }

  @Test
  void theStackTraceIsShownOnRequestOnly() {
    assertThat(reported(false)).isEqualTo("loupe: no" + System.lineSeparator());
    assertThat(reported(true)).contains("\tat " + ErrorReporterTest.class.getName());
  }

  private static String reported(boolean debug) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int exit = new ErrorReporter(stream, () -> debug).report(new IllegalArgumentException("no"));
    assertThat(exit).isEqualTo(ExitCodes.FAILED);
    return err.toString(StandardCharsets.UTF_8);
  }
}

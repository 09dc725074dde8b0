package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.terminal.StandardStreams;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoupeCommandTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void theVersionNamesTheJavaItRunsOn() {
    assertThat(run(out, "--version")).isEqualTo(ExitCodes.OK);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("loupe ")
        .contains("Java " + System.getProperty("java.version"));
    assertThat(err.size()).isZero();
  }

  @Test
  void theHelpIsAResultAndListsTheExitCodes() {
    assertThat(run(out, "--help")).isEqualTo(ExitCodes.OK);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Usage: loupe", "Exit codes:", "130", "LOUPE_JAVA_HOME");
    assertThat(err.size()).isZero();
  }

  /** Behind an option it is one of all commands; in front it is the only one that is built. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench",
        "caption",
        "chat",
        "compare",
        "diagnose",
        "inspect",
        "screen",
        "serve",
        "tokenize",
        "trace",
        "verify"
      })
  void aCommandIsTheSameInFrontOfAnOptionAndBehindIt(String command) {
    ByteArrayOutputStream behind = new ByteArrayOutputStream();

    assertThat(run(out, command, "--debug", "--help")).isEqualTo(ExitCodes.OK);
    assertThat(run(behind, "--debug", command, "--help")).isEqualTo(ExitCodes.OK);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Usage: loupe " + command)
        .isEqualTo(behind.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aMistypedCommandIsAUsageErrorWithSuggestionsFromAll() {
    assertThat(run(out, "serv")).isEqualTo(ExitCodes.USAGE);
    assertThat(errors()).contains("Did you mean serve or verify or diagnose?");
  }

  @Test
  void noCommandIsAUsageErrorThatPointsToTheHelp() {
    assertThat(run(out)).isEqualTo(ExitCodes.USAGE);
    assertThat(errors()).isEqualTo("loupe: no command given\nTry 'loupe --help' for more.\n");
    assertThat(out.size()).isZero();
  }

  @Test
  void aMistypedOptionIsAUsageErrorWithASuggestion() {
    assertThat(run(out, "--versoin")).isEqualTo(ExitCodes.USAGE);
    assertThat(errors())
        .isEqualTo(
            """
            loupe: unknown option: '--versoin'
            Did you mean --version?
            Try 'loupe --help' for more.
            """);
  }

  @Test
  void aStackTraceIsShownOnRequestOnly() {
    run(out, "--debug", "nonsense");

    assertThat(errors()).contains("UnmatchedArgumentException", "\tat ");
  }

  @Test
  void aReaderThatHasSeenEnoughEndsTheCommandQuietly() {
    assertThat(run(new FailingOutput("Broken pipe"), "--help")).isEqualTo(ExitCodes.READER_GONE);
    assertThat(errors()).isEmpty();
  }

  @Test
  void aReaderOfCaptionsOfAFolderMayGoToo() {
    FailingOutput gone = new FailingOutput("Broken pipe");
    assertThat(run(gone, "caption", "-q", "--output=-", "../samples"))
        .isEqualTo(ExitCodes.READER_GONE);
    assertThat(errors()).isEmpty();
  }

  @Test
  void aFullDiskIsAFailure() {
    assertThat(run(new FailingOutput("No space left on device"), "--version"))
        .isEqualTo(ExitCodes.FAILED);
    assertThat(errors()).isEqualTo("loupe: standard output: No space left on device\n");
  }

  /** What is still in the buffer is written once more at the end, and fails again. */
  @Test
  void aFullDiskIsToldOnce() {
    OutputStream buffered = new BufferedOutputStream(new FailingOutput("No space left on device"));
    assertThat(run(buffered, "tokenize", "hello")).isEqualTo(ExitCodes.FAILED);
    assertThat(errors()).isEqualTo("loupe: standard output: No space left on device\n");
  }

  @Test
  void standardOutputIsUtf8WhateverThePlatformSays() {
    StandardStreams streams = streams(out);

    streams.out().println("été");

    assertThat(out.toByteArray())
        .startsWith((byte) 0xc3, (byte) 0xa9, 't', (byte) 0xc3, (byte) 0xa9);
  }

  private int run(OutputStream target, String... arguments) {
    return LoupeCommand.run(streams(target), arguments);
  }

  private StandardStreams streams(OutputStream target) {
    return StandardStreams.of(
        new ByteArrayInputStream(new byte[0]),
        target,
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  /** A standard output that takes nothing. */
  private static final class FailingOutput extends OutputStream {

    private final String reason;

    FailingOutput(String reason) {
      this.reason = reason;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(reason);
    }
  }
}

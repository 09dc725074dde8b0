package dev.loupe.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressReporterTest {

  private static final Duration NEVER = Duration.ofDays(1);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void aQuickTaskShowsNothing() {
    ProgressReporter progress = ProgressReporter.on(err, () -> true, NEVER);

    try (ProgressTask task = progress.start("Packing", 10)) {
      task.step(10);
    }

    assertThat(bytes.size()).isZero();
  }

  @Test
  void aLongTaskShowsHowFarItIsAndLeavesTheLineClean() throws InterruptedException {
    ProgressReporter progress = ProgressReporter.on(err, () -> true, Duration.ZERO);

    try (ProgressTask task = progress.start("Packing", 10)) {
      // A step while the bar is drawn for the first time is shown with the next step only.
      awaitText("0/10");
      task.step(7);
      awaitText("7/10");
    }

    // The bar is overwritten by blanks, and the cursor is back at the line's start.
    assertThat(text()).contains("Packing").endsWith(" ".repeat(StatusLine.WIDTH) + "\r");
  }

  @Test
  void whatIsDoneNowIsShownWithoutAStep() throws InterruptedException {
    ProgressReporter progress = ProgressReporter.on(err, () -> true, Duration.ZERO);
    try (ProgressTask task = progress.start("Diagnosing", 2)) {
      awaitText("0/2");
      task.message("pictures");
      awaitText("pictures");
      task.message("prompt");
      awaitText("prompt");
    }
  }

  @Test
  void aTaskOfUnknownLengthIsShownToo() throws InterruptedException {
    ProgressReporter progress = ProgressReporter.on(err, () -> true, Duration.ZERO);

    try (ProgressTask task = progress.start("Reading", -1)) {
      awaitText("Reading");
      task.stepTo(5);
      awaitText("5");
    }

    assertThat(text()).contains("Reading");
  }

  @Test
  void whereNobodyWatchesNothingIsShown() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    ProgressReporter progress =
        ProgressReporter.on(
            err,
            () -> {
              asked.countDown();
              return false;
            },
            Duration.ZERO);

    try (ProgressTask task = progress.start("Packing", 10)) {
      assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
      task.step(5);
    }

    assertThat(bytes.size()).isZero();
  }

  @Test
  void aLongTaskNotesItsPartsInLinesWhereThereIsNoTerminal() {
    ProgressReporter progress = ProgressReporter.on(err, () -> false, Duration.ZERO);
    try (ProgressTask task = progress.start("Diagnosing", 2)) {
      task.note("diagnosing, 1 of 2 runs done: prompt in float16 eager");
    }
    assertThat(text().replace(System.lineSeparator(), "\n"))
        .isEqualTo("loupe: diagnosing, 1 of 2 runs done: prompt in float16 eager\n");
  }

  @Test
  void aShortOneAndAQuietOneNoteNothing() {
    try (ProgressTask task = ProgressReporter.on(err, () -> false, NEVER).start("Diagnosing", 2);
        ProgressTask quiet = ProgressReporter.on(err, true).start("Diagnosing", 2)) {
      task.note("prompt");
      quiet.note("prompt");
    }
    assertThat(bytes.size()).isZero();
  }

  @Test
  void theStandardErrorOfATestIsNoTerminal() {
    assertThat(Terminal.onStandardError()).isFalse();
  }

  private void awaitText(String expected) throws InterruptedException {
    for (int i = 0; i < 6000 && !text().contains(expected); i++) {
      Thread.sleep(10);
    }
    assertThat(text()).contains(expected);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

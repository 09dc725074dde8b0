package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.folder.FailedPicture;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.Plan;
import dev.loupe.cli.terminal.ProgressReporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RunProgressTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final PictureFile picture = new PictureFile(Path.of("in/a.png"), Path.of("a.png"));
  private final Plan plan = new Plan(List.of(picture, picture), 3, 1, 0, List.of());

  @Test
  @Timeout(60)
  void withoutATerminalALineNowAndThenSaysHowFarItIs() throws Exception {
    ProgressReporter reporter = ProgressReporter.on(err, () -> false, Duration.ZERO);
    try (RunProgress progress =
        new RunProgress(err, reporter, false, plan, Duration.ofMillis(20))) {
      progress.read(picture);
      progress.captioned(picture, null);
      progress.token();
      while (!text().contains("1 of 2")) {
        Thread.sleep(10);
      }
    }
    assertThat(text())
        .containsPattern(
            "loupe: 1 of 2, [\\d.]+ pictures/s, [\\d.]+ tokens/s, time left \\d+ s, 4 skipped, "
                + "0 failed, at in/a.png");
  }

  @Test
  @Timeout(60)
  void onATerminalABarHasTheCountsAndAFailureGetsALineOfItsOwn() throws Exception {
    ProgressReporter reporter = ProgressReporter.on(err, () -> true, Duration.ZERO);
    try (RunProgress progress =
        new RunProgress(err, reporter, false, plan, Duration.ofMillis(20))) {
      while (!text().contains("0/2")) {
        Thread.sleep(10);
      }
      progress.read(picture);
      progress.failed(new FailedPicture("in/a.png", new IOException("no picture")));
      while (!text().contains("1/2")) {
        Thread.sleep(10);
      }
    }
    assertThat(text())
        .containsPattern("\r +\rloupe: in/a.png: no picture")
        .contains("tok/s 1 failed 4 skipped a.png")
        .doesNotContain("1 of 2,");
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

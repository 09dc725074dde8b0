package dev.loupe.cli.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.terminal.ProgressReporter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DiagnosisProgressTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private DiagnosisProgress progress(boolean quiet) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new DiagnosisProgress(
        ProgressReporter.on(stream, () -> false, Duration.ofHours(1)), quiet);
  }

  private String printed() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLongDiagnosisIsAnnounced() {
    try (DiagnosisProgress progress = progress(false)) {
      assertThat(progress.wantsEstimate()).isTrue();
      progress.begins(0, 4, "loading float32 weights");
      progress.expects(Duration.ofMinutes(7));
      progress.reached("layer", 3, 28);
    }
    assertThat(printed().lines())
        .containsExactly("loupe: the runs in a GPU's arithmetic take up to about 7 minutes");
  }

  @Test
  void aShortOneIsNot() {
    try (DiagnosisProgress progress = progress(false)) {
      progress.begins(0, 4, "loading float32 weights");
      progress.expects(Duration.ofSeconds(5));
    }
    assertThat(printed()).isEmpty();
  }

  @Test
  void whoWantsQuietIsNotMadeToWaitForAnEstimate() {
    try (DiagnosisProgress progress = progress(true)) {
      assertThat(progress.wantsEstimate()).isFalse();
    }
  }
}

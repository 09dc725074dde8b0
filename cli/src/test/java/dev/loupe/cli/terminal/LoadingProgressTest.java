package dev.loupe.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LoadingProgressTest {
  private static final Path FILE = Path.of("cache", "a.packed");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private LoadingProgress loading(boolean visible, boolean quiet) {
    ProgressReporter reporter = ProgressReporter.on(err, () -> visible, Duration.ZERO);
    return new LoadingProgress(reporter, "2b", err, quiet);
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.SECONDS)
  void onATerminalEachPartShowsItsShareAndTheTimeLeft() throws InterruptedException {
    try (LoadingProgress loading = loading(true, false)) {
      loading.hashed("model-00001-of-00002.safetensors", 0, 3_979_000_000L);
      await("Hashing 00001-of-00002");
      loading.hashed("model-00001-of-00002.safetensors", 1_000_000_000L, 3_979_000_000L);
      await("1000/3979 MB");
      loading.building(FILE, 4_419_431_767L);
      loading.packed(2_000_000_000L, 4_418_000_000L);
      await("Loading 2b");
      loading.written(3_000_000_000L, 4_418_000_000L);
      await("Keeping 2b");
      loading.written(4_418_000_000L, 4_418_000_000L);
    }
    assertThat(text()).containsPattern("1000/3979 MB \\(\\d:\\d\\d:\\d\\d / ").endsWith("\r");
  }

  @Test
  void whereNobodyWatchesOneLineTellsOfTheFirstStart() {
    try (LoadingProgress loading = loading(false, false)) {
      tellAll(loading);
    }
    assertThat(text().strip())
        .isEqualTo(
            "loupe: 2b: lays out 4.4 GB of weights and keeps them for later starts in %s "
                    .formatted(FILE)
                + "(4.4 GB of disk; --no-cache does without)");
  }

  @Test
  void quietMeansQuiet() {
    try (LoadingProgress loading = loading(false, true)) {
      tellAll(loading);
      loading.warning("something");
    }
    assertThat(text()).isEmpty();
  }

  private static void tellAll(LoadingProgress loading) {
    loading.hashed("a", 1, 1);
    loading.building(FILE, 4_419_431_767L);
    loading.packed(1, 1);
    loading.written(0, 1);
    loading.written(1, 1);
  }

  private void await(String part) throws InterruptedException {
    while (!text().contains(part)) {
      Thread.sleep(20);
    }
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

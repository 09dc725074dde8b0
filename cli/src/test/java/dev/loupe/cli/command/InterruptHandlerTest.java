package dev.loupe.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.KilledRun;
import dev.loupe.cli.LiveFolder;
import dev.loupe.launcher.IgnoredSignals;
import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class InterruptHandlerTest {

  @TempDir Path folder;
  private final List<String> done = new ArrayList<>();
  private long now = 1;

  @Test
  void theFirstSignalAsksAndTheSecondEnds() {
    InterruptHandler handler = handler(false);

    handler.onSignal();
    now += Duration.ofMillis(1000).toNanos();
    handler.onSignal();

    assertThat(done).containsExactly("first", "second");
  }

  @Test
  void theCopyThatALauncherPassesOnAfterASecondIsNoSecondSignal() {
    InterruptHandler handler = handler(true);

    handler.onSignal();
    now += Duration.ofMillis(1050).toNanos();
    handler.onSignal();
    assertThat(done).containsExactly("first");
    now += Duration.ofMillis(50).toNanos();
    handler.onSignal();

    assertThat(done).containsExactly("first", "second");
  }

  @Test
  void aHastySecondSignalEndsUnderALauncherToo() {
    InterruptHandler handler = handler(true);

    handler.onSignal();
    now += Duration.ofMillis(300).toNanos();
    handler.onSignal();

    assertThat(done).containsExactly("first", "second");
  }

  private InterruptHandler handler(boolean launched) {
    return new InterruptHandler(
        () -> done.add("first"), () -> done.add("second"), launched, () -> now);
  }

  @Test
  @Timeout(120)
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "POSIX signals")
  void anInterruptedRunWritesWhatIsInFlightAndIsContinued() throws Exception {
    IgnoredSignals.assumeNotIgnored(2);
    Scenes.draw(folder.resolve("in"), 0, 300);
    Path err = folder.resolve("err");
    Object[] command = {"caption", "-r", folder.resolve("in"), "--batch=4"};
    try (KilledRun run = KilledRun.start(err, command)) {
      while (sidecars() == 0 && run.isAlive()) {
        Thread.sleep(20);
      }
      run.signal("INT");

      assertThat(run.exit()).as(run.err()).isEqualTo(ExitCodes.INTERRUPTED);
      assertThat(run.err())
          .contains("finishing the pictures in flight; Ctrl-C again ends immediately")
          .contains(
              "interrupted with %d of 300 pictures done; the same command continues from there"
                  .formatted(sidecars()));
      assertThat(sidecars()).isBetween(1L, 299L);
    }
  }

  private long sidecars() throws IOException {
    return LiveFolder.all(folder.resolve("in")).stream()
        .filter(file -> file.toString().endsWith(".txt"))
        .count();
  }
}

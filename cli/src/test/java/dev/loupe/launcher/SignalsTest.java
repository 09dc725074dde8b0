package dev.loupe.launcher;

import static dev.loupe.launcher.Launches.awaitLine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals sent to the launcher, with a shell script in the place of the child. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "POSIX signals")
@Timeout(value = Launches.PATIENCE_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalsTest {

  private static final String FOR_EVER = "; echo ready; while :; do sleep 0.1; done";

  @TempDir Path folder;
  private Launches launches;

  @BeforeEach
  void open() {
    launches = new Launches(folder);
  }

  @AfterEach
  void close() {
    launches.close();
  }

  @Test
  void sigtermEndsTheChildFirstAndGivesItsCode() throws Exception {
    Path trace = folder.resolve("trace");
    Process launcher =
        start("trap 'sleep 0.3; echo ended > " + trace + "; exit 143' TERM" + FOR_EVER);

    signal(launcher, "TERM");

    assertThat(launches.finish(launcher).exit()).isEqualTo(143);
    assertThat(trace).hasContent("ended");
  }

  @Test
  void sighupEndsTheChildToo() throws Exception {
    IgnoredSignals.assumeNotIgnored(1);
    Process launcher = start("trap 'exit 9' TERM" + FOR_EVER);

    signal(launcher, "HUP");

    assertThat(launches.finish(launcher).exit()).isEqualTo(9);
  }

  @Test
  void sigintForTheLauncherAloneIsPassedOn() throws Exception {
    IgnoredSignals.assumeNotIgnored(2);
    Process launcher = start("trap 'exit 130' INT" + FOR_EVER);

    signal(launcher, "INT");

    assertThat(launches.finish(launcher).exit()).isEqualTo(130);
  }

  @Test
  void anInterruptThatTheChildSurvivesDoesNotEndTheLauncher() throws Exception {
    IgnoredSignals.assumeNotIgnored(2);
    Path done = folder.resolve("done");
    Process launcher =
        start(
            "trap 'echo stopped the answer' INT; echo ready; while [ ! -e "
                + done
                + " ]; do sleep 0.1; done; exit 5");

    signal(launcher, "INT");
    awaitLine(launcher, "stopped the answer");
    Files.createFile(done);

    assertThat(launches.finish(launcher).exit()).isEqualTo(5);
  }

  @Test
  void anOlderJavaPassesThemTheSameWay() throws Exception {
    Optional<Path> older = Launches.olderJava();
    assumeTrue(older.isPresent(), "no Java 17 to 24 in the usual places");
    ProcessBuilder builder = launches.builder(older.orElseThrow(), List.of());
    Path java = launches.fake("trap 'exit 7' TERM" + FOR_EVER);
    builder.environment().put("LOUPE_JAVA_HOME", java.toString());
    Process launcher = launches.start(builder);
    awaitLine(launcher, "ready");

    signal(launcher, "TERM");

    assertThat(launches.finish(launcher).exit()).isEqualTo(7);
  }

  private Process start(String script) throws IOException {
    Process launcher = launches.start(launches.on(launches.fake(script)));
    awaitLine(launcher, "ready");
    return launcher;
  }

  private static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }
}

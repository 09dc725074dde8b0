package dev.loupe.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LauncherWatchTest {

  /** A program that would wait without end. */
  static final class Waiting {

    private Waiting() {}

    public static void main(String[] arguments) throws Exception {
      LauncherWatch.start(arguments[0]);
      System.out.println("ready");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  void whenTheLauncherIsKilledTheWorkEnds() throws Exception {
    Process launcher = java(Waiting.class, "");
    Process work = java(Waiting.class, Long.toString(launcher.pid()));
    try {
      assertThat(work.inputReader().readLine()).isEqualTo("ready");

      launcher.destroyForcibly();

      assertThat(work.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(work.exitValue()).isEqualTo(137);
    } finally {
      launcher.destroyForcibly();
      work.destroyForcibly();
    }
  }

  private static Process java(Class<?> main, String argument) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            argument)
        .start();
  }
}

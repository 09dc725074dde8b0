package dev.loupe.cli.command;

import java.time.Duration;

/**
 * Ends this JVM when the launcher that started it is gone. A launcher that is asked to end also
 * ends this JVM. A launcher that is killed cannot, and the program that killed it would then wait
 * without end on the pipe that this JVM keeps open.
 */
public final class LauncherWatch {

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** 128 + SIGKILL. */
  private static final int KILLED = 137;

  private LauncherWatch() {}

  /** Whether a launcher started this JVM. */
  public static boolean launched() {
    return !System.getProperty("loupe.launcher", "").isEmpty();
  }

  /**
   * Checks the launcher in the background.
   *
   * @param launcher the launcher's process id; empty if there is no launcher
   */
  public static void start(String launcher) {
    if (!launcher.isEmpty()) {
      Thread watch = new Thread(() -> watch(Long.parseLong(launcher)), "launcher-watch");
      watch.setDaemon(true);
      watch.start();
    }
  }

  private static void watch(long launcher) {
    try {
      while (ProcessHandle.of(launcher).map(ProcessHandle::isAlive).orElse(false)) {
        Thread.sleep(INTERVAL);
      }
      Runtime.getRuntime().halt(KILLED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

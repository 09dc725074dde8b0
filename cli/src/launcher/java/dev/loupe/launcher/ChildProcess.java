package dev.loupe.launcher;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program in place of this one: same streams, same signals, same exit code. */
final class ChildProcess {

  private ChildProcess() {}

  /**
   * Runs {@code command} to its end.
   *
   * @param command the program and its arguments
   * @param posixLocale whether to replace the C locale, in which a JVM cannot open a file named
   *     beyond ASCII
   * @return its exit code; 128 plus the signal's number where a signal ended it
   * @throws IOException if it cannot be started
   */
  static int run(List<String> command, boolean posixLocale) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    if (posixLocale) {
      builder.environment().put("LC_ALL", "C.UTF-8");
    }
    // Before the start, so that there is no moment in which a signal could leave the child behind.
    CompletableFuture<Process> started = new CompletableFuture<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started.join())));
    handleInterrupt(() -> interrupt(started.join()));
    Process child = builder.start();
    started.complete(child);
    return exitOf(child);
  }

  /** Where SIGTERM and SIGHUP lead: the child ends first, and its code becomes this process's. */
  private static void end(Process child) {
    child.destroy();
    Runtime.getRuntime().halt(exitOf(child));
  }

  private static int exitOf(Process child) {
    while (true) {
      try {
        return child.waitFor();
      } catch (InterruptedException e) {
        continue; // Only the child's end counts.
      }
    }
  }

  /**
   * Ctrl-C in a terminal goes to the child as well, which may end or go on (a conversation only
   * stops its answer), so there is nothing to do. A supervisor that signals one process reaches
   * only this one: then the signal is passed on, after a second in which a child that has had it
   * would have ended.
   */
  private static void interrupt(Process child) {
    try {
      // Without this, JDK 22 to 24 return a console even where there is no terminal.
      System.setProperty("jdk.console", "java.base");
      if (System.console() == null && !child.waitFor(1, TimeUnit.SECONDS)) {
        new ProcessBuilder("kill", "-INT", Long.toString(child.pid())).start();
      }
    } catch (IOException e) {
      child.destroy(); // No program named kill, as on Windows.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Replaces the JVM's own handling of SIGINT, which would end this process before the child. By
   * reflection, because javac warns of {@code sun.misc.Signal} in a way that no annotation can
   * answer.
   */
  private static void handleInterrupt(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              ChildProcess.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), proxy);
    } catch (ReflectiveOperationException e) {
      // Without the module jdk.unsupported, or with -Xrs: the JVM's own handling ends the child
      // through the hook.
      return;
    }
  }
}

package dev.loupe.cli.terminal;

import java.io.Console;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;

/** Finds out whether a stream is a terminal. */
final class Terminal {

  private Terminal() {}

  /**
   * Whether standard error is a terminal. Java only knows whether standard input and output both
   * are, which is false in {@code loupe caption photos > captions.txt}. So this runs POSIX's {@code
   * test -t} if the system has it. Takes about 50 ms.
   */
  static boolean onStandardError() {
    try {
      return new ProcessBuilder("test", "-t", "2").redirectError(Redirect.INHERIT).start().waitFor()
          == 0;
    } catch (IOException e) {
      Console console = System.console();
      return console != null && console.isTerminal();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

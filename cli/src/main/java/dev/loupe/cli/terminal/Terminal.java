package dev.loupe.cli.terminal;

import java.io.Console;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;

/** Whether a person watches. */
final class Terminal {

  private Terminal() {}

  /**
   * Whether standard error is a terminal. Java can only tell that standard input and output both
   * are, which is not so in {@code loupe caption photos > captions.txt}; so POSIX's {@code test -t}
   * is asked where there is one. Takes some 50 ms.
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

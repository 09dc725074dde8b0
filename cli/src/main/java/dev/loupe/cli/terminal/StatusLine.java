package dev.loupe.cli.terminal;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * A line of a terminal that is rewritten many times and blank at the end. The library's own
 * consumer ends with a new line, so a blank one would stay; and it loads a terminal library to ask
 * for the width.
 */
final class StatusLine implements ProgressBarConsumer {

  /** One less than the narrowest usual terminal: a full line would make some of them scroll. */
  static final int WIDTH = 79;

  private final PrintStream err;

  StatusLine(PrintStream err) {
    this.err = err;
  }

  @Override
  public int getMaxRenderedLength() {
    return WIDTH;
  }

  @Override
  public void accept(String text) {
    err.print("\r" + text);
    err.flush();
  }

  @Override
  public void clear() {
    accept(" ".repeat(WIDTH) + "\r");
  }

  @Override
  public void close() {
    err.flush();
  }
}

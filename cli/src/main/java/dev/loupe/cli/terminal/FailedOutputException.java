package dev.loupe.cli.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** A write to standard output failed. */
public final class FailedOutputException extends UncheckedIOException {

  private static final long serialVersionUID = 1;

  FailedOutputException(IOException cause) {
    super("standard output: " + cause.getMessage(), cause);
  }

  /**
   * Whether the reader of a pipe has ended, which is no error; the other case is a full disk, for
   * example.
   */
  public boolean readerGone() {
    // The system's own words: "Broken pipe", in German "Datenübergabe unterbrochen (broken pipe)",
    // on Windows "The pipe ...".
    return getMessage().toLowerCase(Locale.ROOT).contains("pipe");
  }
}

package dev.loupe.cli.chat;

import java.io.IOException;
import java.util.Optional;

/** Where the lines of a conversation come from. */
interface ChatInput extends AutoCloseable {

  /** Ctrl-C was pressed while a line was typed. */
  final class AbandonedException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The next line; empty at the end.
   *
   * @throws AbandonedException if Ctrl-C was pressed instead
   */
  Optional<String> line() throws IOException, AbandonedException;

  /** Whether a person types the lines and reads notes. */
  boolean interactive();

  /** Sets the action of each Ctrl-C outside {@link #line}. It runs on another thread. */
  void onInterrupt(Runnable action);

  @Override
  void close() throws IOException;
}

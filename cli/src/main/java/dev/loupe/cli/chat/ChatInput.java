package dev.loupe.cli.chat;

import java.io.IOException;
import java.util.Optional;

/** Where the lines of a conversation come from. */
interface ChatInput extends AutoCloseable {

  /** A line at a terminal was abandoned with Ctrl-C. */
  final class AbandonedException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The next line; empty at the end.
   *
   * @throws AbandonedException if Ctrl-C was pressed instead
   */
  Optional<String> line() throws IOException, AbandonedException;

  /** Whether a person types and wants to be told things. */
  boolean interactive();

  /** Calls this at each Ctrl-C outside {@link #line}, on another thread. */
  void onInterrupt(Runnable action);

  @Override
  void close() throws IOException;
}

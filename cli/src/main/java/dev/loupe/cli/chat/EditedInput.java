package dev.loupe.cli.chat;

import java.io.IOException;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Lines that a person types, with arrow keys, history and completion of the commands. The history
 * is not stored, because questions about pictures may be private.
 */
final class EditedInput implements ChatInput {
  /** A strong reference: otherwise the logger, and with it its level, can be garbage collected. */
  private static final Logger JLINE = Logger.getLogger("org.jline");

  private final Terminal terminal;
  private final LineReader reader;

  EditedInput(Terminal terminal) {
    this.terminal = terminal;
    // Quotes and backslashes are text: an apostrophe must not wait for a second one.
    DefaultParser plain = new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]);
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(plain)
            .completer(new StringsCompleter(ChatLine.COMMANDS))
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
  }

  /** The terminal of this process; empty if it has none. */
  static Optional<ChatInput> ofThisProcess() {
    JLINE.setLevel(Level.OFF);
    try {
      // If standard output is a file, prompts and echo go to standard error.
      return Optional.of(
          new EditedInput(
              TerminalBuilder.builder()
                  .system(true)
                  .systemOutput(TerminalBuilder.SystemOutput.SysOutOrSysErr)
                  .dumb(false)
                  .nativeSignals(true)
                  .build()));
    } catch (IOException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<String> line() throws AbandonedException {
    try {
      return Optional.of(reader.readLine("> "));
    } catch (UserInterruptException e) {
      throw new AbandonedException();
    } catch (EndOfFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean interactive() {
    return true;
  }

  @Override
  public void onInterrupt(Runnable action) {
    terminal.handle(Terminal.Signal.INT, signal -> action.run());
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}

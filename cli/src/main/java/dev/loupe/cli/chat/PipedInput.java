package dev.loupe.cli.chat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Lines of a file or another program, in UTF-8. Ctrl-C ends the command, as in any pipe. */
final class PipedInput implements ChatInput {
  private final BufferedReader reader;

  PipedInput(InputStream in) {
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Override
  public Optional<String> line() throws IOException {
    return Optional.ofNullable(reader.readLine());
  }

  @Override
  public boolean interactive() {
    return false;
  }

  @Override
  public void onInterrupt(Runnable action) {
    // The JVM's own handling ends the command.
  }

  @Override
  public void close() {
    // Standard input belongs to the process.
  }
}

package dev.loupe.cli.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The lines of a file, of which none may fill the memory. */
final class RowLines implements AutoCloseable {

  /** Characters of a line: a thousand times as many as a long caption takes. */
  private static final int LONGEST = 16_000_000;

  private final BufferedReader reader;
  private final String name;
  private int number;

  /**
   * The lines of a file in UTF-8.
   *
   * @param name of the file, for messages
   * @throws IOException if it cannot be opened
   */
  RowLines(Path file, String name) throws IOException {
    this.reader = Files.newBufferedReader(file);
    this.name = name;
  }

  /**
   * The next line without its break; empty at the end of the file.
   *
   * @throws IOException if it is too long, or cannot be read
   */
  Optional<String> next() throws IOException {
    number++;
    StringBuilder line = new StringBuilder();
    int character = reader.read();
    boolean more = character >= 0;
    while (character >= 0 && character != '\n') {
      if (line.length() == LONGEST) {
        throw new IOException(
            ("%s, line %d: expected at most %d characters, found more; give a file with one JSON"
                    + " object a line")
                .formatted(name, number, LONGEST));
      }
      line.append((char) character);
      character = reader.read();
    }
    return more ? Optional.of(line.toString()) : Optional.empty();
  }

  /** The number of the line that was read last, counted from 1. */
  int number() {
    return number;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}

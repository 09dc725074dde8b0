package dev.loupe.weights;

import java.io.IOException;
import java.nio.file.Path;

/** Knows, or finds out, what files contain. */
@FunctionalInterface
public interface FileContent {

  /**
   * A text that says what the file contains: another one whenever a bit is another.
   *
   * @throws IOException if the file cannot be read, or changes while it is read
   */
  String of(Path file) throws IOException;
}

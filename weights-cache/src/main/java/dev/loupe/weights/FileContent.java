package dev.loupe.weights;

import java.io.IOException;
import java.nio.file.Path;

/** Identifies the content of files. */
@FunctionalInterface
public interface FileContent {

  /**
   * A text that identifies the content of the file: it changes whenever a bit changes.
   *
   * @throws IOException if the file cannot be read, or changes while it is read
   */
  String of(Path file) throws IOException;
}

package dev.loupe.cli.folder;

import dev.loupe.io.TemporaryFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A file of results, which is whole or not there. */
final class OutputFile {

  private OutputFile() {}

  /**
   * Writes a file, in the place of what has its name.
   *
   * @throws IOException if that fails; then whatever had the name is unchanged
   */
  static void write(Path target, TemporaryFile.Content content) throws IOException {
    try {
      TemporaryFile.replace(target, content);
    } catch (IOException e) {
      throw new IOException(
          FileNames.shown(target) + ": expected to write it, but " + reason(e), e);
    }
  }

  /** What the system says, without the name of the temporary file, which nobody knows. */
  private static String reason(IOException e) {
    if (e instanceof FileSystemException system) {
      return system.getReason() == null ? e.getClass().getSimpleName() : system.getReason();
    }
    return e.getMessage();
  }
}

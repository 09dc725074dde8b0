package dev.loupe.cli.screen;

import dev.loupe.io.TemporaryFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** A file that is replaced at the end, or none. */
final class Output implements AutoCloseable {
  private final Optional<Path> target;
  private final Optional<TemporaryFile> file;

  private Output(Optional<Path> target, Optional<TemporaryFile> file) {
    this.target = target;
    this.file = file;
  }

  /**
   * A file, if a path is given.
   *
   * @throws IOException if it cannot be written
   */
  static Output of(Optional<Path> target) throws IOException {
    return new Output(
        target,
        target.isPresent() ? Optional.of(TemporaryFile.of(target.get())) : Optional.empty());
  }

  /** Writes the whole file, in UTF-8. */
  void write(String text) throws IOException {
    if (file.isPresent()) {
      file.get().append(StandardCharsets.UTF_8.encode(text));
      file.get().moveTo(target.orElseThrow());
    }
  }

  @Override
  public void close() {
    file.ifPresent(TemporaryFile::close);
  }
}

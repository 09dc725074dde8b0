package dev.loupe.cli.command;

import dev.loupe.io.TemporaryFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** A file that a command writes beside its report, whole or not at all; or none. */
public final class WholeFile implements AutoCloseable {
  private final Optional<Path> target;
  private final Optional<TemporaryFile> file;

  private WholeFile(Optional<Path> target, Optional<TemporaryFile> file) {
    this.target = target;
    this.file = file;
  }

  /**
   * A file, if a path is given. A link stays, and the file that it names is written.
   *
   * @throws IOException if it cannot be written
   */
  public static WholeFile of(Optional<Path> target) throws IOException {
    if (target.isEmpty()) {
      return new WholeFile(Optional.empty(), Optional.empty());
    }
    Path given = target.get();
    Path file = Files.isRegularFile(given) ? given.toRealPath() : given;
    return new WholeFile(Optional.of(file), Optional.of(TemporaryFile.of(file)));
  }

  /** Whether two paths name one file, so that writing one would replace the other. */
  public static boolean isSame(Path a, Path b) throws IOException {
    return Files.exists(a) && Files.exists(b) && Files.isSameFile(a, b);
  }

  /** Writes the whole file, in UTF-8. A text that no file gets is not made. */
  public void write(Supplier<String> text) throws IOException {
    if (file.isPresent()) {
      file.get().append(StandardCharsets.UTF_8.encode(text.get()));
      file.get().moveTo(target.orElseThrow());
    }
  }

  @Override
  public void close() {
    file.ifPresent(TemporaryFile::close);
  }
}

package dev.loupe.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A look into a folder in which another process writes. */
public final class LiveFolder {
  private LiveFolder() {}

  /** Everything below it, at some moment. */
  public static List<Path> all(Path folder) throws IOException {
    while (true) {
      try (Stream<Path> all = Files.walk(folder)) {
        return all.toList();
      } catch (UncheckedIOException e) {
        continue; // A temporary file was renamed between its name and a look at it.
      }
    }
  }
}

package dev.loupe.engine.diagnose.reproduce;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.FailingElement;
import dev.loupe.io.TemporaryFile;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes the first failing element of a diagnosis as a folder for other people: {@code
 * operands.safetensors}, {@code reproduce.py} and {@code report.md}. It shows tokens of the prompt.
 */
public final class Reproducer {
  private static final String OPERANDS = "operands.safetensors";
  private static final String SCRIPT = "reproduce.py";
  private static final String REPORT = "report.md";

  private Reproducer() {}

  /**
   * Refuses a folder that holds anything but an earlier reproducer. It need not exist.
   *
   * @throws IOException if it does, or is no folder, with a message for people
   */
  public static void requireFree(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      requireParent(folder);
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder + ": expected a folder, found a file");
    }
    try (Stream<Path> files = Files.list(folder)) {
      Optional<String> other =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !List.of(OPERANDS, SCRIPT, REPORT).contains(name))
              .sorted()
              .findFirst();
      if (other.isPresent()) {
        throw new IOException(
            "%s: expected a new or empty folder, or one with an earlier reproducer, found %s in it"
                .formatted(folder, other.get()));
      }
    }
  }

  /** Folders on the way to it are made as well, so the nearest that exists decides. */
  private static void requireParent(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    while (parent != null && Files.notExists(parent)) {
      parent = parent.getParent();
    }
    if (parent != null && !(Files.isDirectory(parent) && Files.isWritable(parent))) {
      String found = Files.isDirectory(parent) ? "one that cannot be written to" : "a file";
      throw new IOException(
          "%s: expected to make it in a folder, found %s: %s; choose another --reproduce"
              .formatted(folder, found, parent));
    }
  }

  /**
   * Writes the folder, and makes it if it is missing.
   *
   * @param diagnosis with {@link Diagnosis#failing()}; without one nothing is written
   * @param command what made the diagnosis, for who wants to repeat it
   * @param versions of the program and what it runs on
   * @return whether there was something to write
   * @throws IOException if the folder holds other files or cannot be written
   */
  public static boolean write(
      Path folder, Diagnosis diagnosis, String command, List<String> versions) throws IOException {
    requireFree(folder);
    if (diagnosis.failing().isEmpty()) {
      return false;
    }
    FailingElement failing = diagnosis.failing().get();
    Files.createDirectories(folder);
    SafetensorsWriter.write(
        folder.resolve(OPERANDS),
        failing.operands().tensors(),
        Map.of("format", "pt", "operation", failing.operation().toString()));
    text(folder.resolve(SCRIPT), ReproduceScript.of(diagnosis, failing));
    text(folder.resolve(REPORT), ReproduceReport.of(diagnosis, failing, command, versions));
    return true;
  }

  private static void text(Path file, String text) throws IOException {
    try (TemporaryFile content = TemporaryFile.of(file)) {
      content.append(StandardCharsets.UTF_8.encode(text));
      content.moveTo(file);
    }
  }
}

package dev.loupe.weights.cache;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The folder of the caches, and every file operation in it. A class, and not a path alone, so that
 * a test can let each step fail.
 */
class CacheFolder {
  private final Path path;

  CacheFolder(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  /** The file of this name, if there is one. */
  Optional<PackedFile> read(CacheName name, Backend backend) throws IOException {
    Path file = name.in(path);
    return Files.isRegularFile(file)
        ? Optional.of(PackedFile.open(file, name.digest(), backend))
        : Optional.empty();
  }

  void create() throws IOException {
    Files.createDirectories(path);
  }

  /** Deletes the temporary files of killed processes. */
  void sweep() throws IOException {
    TemporaryFile.sweep(path);
  }

  void deleteOutdated(CacheName name) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, name::isOutdated)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  long usableSpace() throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  TemporaryFile newFile() throws IOException {
    return TemporaryFile.in(path);
  }

  /** Replaces a small file of text as a whole. */
  Path write(Path file, List<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    TemporaryFile.replace(file, out -> out.append(ByteBuffer.wrap(text)));
    return file;
  }
}

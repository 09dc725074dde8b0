package dev.loupe.weights.cache;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;

/**
 * The folder of the caches, and every file operation in it. A class, and not a path alone, so that
 * a test can let each step fail.
 */
class CacheFolder {

  /** What Java calls a user without an entry in the password file. */
  private static final String UNKNOWN = "?";

  private final Path path;
  private final String user;

  CacheFolder(Path path) {
    this(path, System.getProperty("user.name"));
  }

  /** The same for a user of this name. */
  CacheFolder(Path path, String user) {
    this.path = path;
    this.user = user;
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

  /**
   * Who else could put other weights in place of packed ones: the checksums of a file show damage,
   * not intent. Empty if nobody, or if the system does not say.
   */
  Optional<String> exposure() {
    try {
      PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
      String owner = attributes.owner().getName();
      if (attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
        return Optional.of("every user of this machine may write there");
      }
      return owner.equals(user) || owner.equals("root") || user.equals(UNKNOWN)
          ? Optional.empty()
          : Optional.of("it belongs to " + owner + " and not to " + user);
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
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

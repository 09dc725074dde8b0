package dev.loupe.weights;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Decides whether a cache can be read, must be built, or has to be done without.
 *
 * @param folder of the caches
 * @param listener warned at most once, unless a file is damaged
 * @param temporaryFiles creates the file that is written first
 */
record CacheOpening(Path folder, CacheListener listener, FileMaker temporaryFiles) {

  /** Creates a temporary file in a folder. */
  interface FileMaker {
    TemporaryFile in(Path folder) throws IOException;
  }

  /** Opens the cache of some weights; throws only if the weights cannot be read. */
  WeightsCache open(ModelWeights source, DType compute, Backend backend) throws IOException {
    Optional<CacheName> name =
        CacheName.of(source, ContentHashes.computed(folder, listener), compute);
    if (name.isEmpty()) {
      return WeightsCache.building(source, Optional.empty(), listener);
    }
    Path file = name.get().in(folder);
    if (Files.isRegularFile(file)) {
      try {
        return WeightsCache.reading(
            source, PackedFile.open(file, name.get().key(), backend), listener);
      } catch (IOException e) {
        listener.warning("%s: %s; it is built anew".formatted(file, e.getMessage()));
      }
    }
    return WeightsCache.building(source, writer(name.get(), source.byteSize()), listener);
  }

  private Optional<PackedFileWriter> writer(CacheName name, long bytes) {
    Path file = name.in(folder);
    try {
      if (Files.isDirectory(file)) {
        throw new IOException(file + ": expected a file, found a folder; remove it");
      }
      Files.createDirectories(folder);
      TemporaryFile.sweep(folder);
      deleteOutdated(name);
      requireRoom(bytes);
      return Optional.of(new PackedFileWriter(file, temporaryFiles.in(folder), name.key()));
    } catch (IOException e) {
      listener.warning(inMemory(e));
      return Optional.empty();
    }
  }

  private void deleteOutdated(CacheName name) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, name::isOutdated)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Packed weights are about as large as stored ones; a disk must not be filled for them. */
  private void requireRoom(long bytes) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < bytes + bytes / 16) {
      throw new IOException(
          "%s: expected %d MB of free space, found %d MB"
              .formatted(folder, (bytes + bytes / 16) / 1_000_000, free / 1_000_000));
    }
  }

  /** What to tell a person who has to do without a cache. */
  static String inMemory(IOException reason) {
    return ("packed weights cannot be kept on disk, so the next load takes as long as this one: "
            + "%s; choose another cache folder, or none")
        .formatted(text(reason));
  }

  /** The exceptions of java.nio.file have a path for a message, and the rest in their names. */
  private static String text(IOException e) {
    return switch (e) {
      case AccessDeniedException file -> file.getFile() + ": permission denied";
      case FileAlreadyExistsException file -> file.getFile() + ": expected a folder, found a file";
      case FileSystemException file when file.getReason() == null -> file.toString();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}

package dev.loupe.weights.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A file that has no name of its own yet. Each builder writes one of its own, so that two processes
 * that build the same thing never meet but in the rename, which the last one wins.
 *
 * <p>It is locked while it is written. The system drops the lock of a process that was killed, by
 * which {@link #sweep} tells what is left over.
 */
class TemporaryFile implements AutoCloseable {
  private static final String SUFFIX = ".tmp";

  /** How the names of this process's files begin; those of an ended process may begin so too. */
  private static final String OWN = ProcessHandle.current().pid() + "-";

  /** From the creation of a file to its lock. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final Path path;
  private final FileChannel channel;

  private TemporaryFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A copy that shares the file, for subclasses. */
  TemporaryFile(TemporaryFile other) {
    this(other.path, other.channel);
  }

  /** Creates a file in a folder. */
  static TemporaryFile in(Path folder) throws IOException {
    Path path = folder.resolve(OWN + UUID.randomUUID() + SUFFIX);
    path.toFile().deleteOnExit(); // Ctrl-C closes nothing.
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      channel.tryLock();
    } catch (IOException e) {
      // A network drive without locks: sweep will not get one either, and leave the file alone.
      return new TemporaryFile(path, channel);
    }
    return new TemporaryFile(path, channel);
  }

  /** Deletes what killed processes have left in a folder; what cannot be deleted stays. */
  static void sweep(Path folder) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        if (!isOurs(file) && isAbandoned(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      return; // Nothing depends on it.
    }
  }

  /**
   * Whether this process may be writing the file. It must not even be opened then: closing it would
   * end the lock.
   */
  private static boolean isOurs(Path file) throws IOException {
    Optional<Instant> start = ProcessHandle.current().info().startInstant();
    return file.getFileName().toString().startsWith(OWN)
        && (start.isEmpty() || !Files.getLastModifiedTime(file).toInstant().isBefore(start.get()));
  }

  /** A file is locked before its first byte is written. */
  private static boolean isAbandoned(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      FileTime modified = Files.getLastModifiedTime(file);
      boolean old = modified.toInstant().plus(GRACE).isBefore(Instant.now());
      return (old || channel.size() > 0) && channel.tryLock() != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false;
    }
  }

  void write(long position, ByteBuffer bytes) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        position += channel.write(bytes, position);
      }
    } catch (IOException e) {
      // The system says what is full, but not where.
      throw new IOException(path.getParent() + ": " + e.getMessage(), e);
    }
  }

  /** Waits until all that was written is on the disk. */
  void flush() throws IOException {
    channel.force(false);
  }

  /** Waits until all is on the disk, then gives the file its name, in place of one that has it. */
  void moveTo(Path target) throws IOException {
    channel.force(true);
    channel.close();
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes the file, unless it was moved. */
  @Override
  public void close() {
    try {
      try {
        channel.close();
      } finally {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      return; // The next sweep finds it.
    }
  }
}

package dev.loupe.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A file that does not have its final name yet. It is written beside the target, flushed to the
 * disk and renamed, so that the target is complete or absent. Each writer has a temporary file of
 * its own. If two processes write the same target, the last rename wins.
 *
 * <p>It is locked while it is written. The system releases the lock of a process that was killed;
 * by this {@link #sweep} recognises files to delete. Its name is short, because the name of the
 * target may have the full 255 bytes.
 */
public class TemporaryFile implements AutoCloseable {
  private static final String PREFIX = ".loupe-";
  private static final String SUFFIX = ".tmp";

  /** How the names of this process's files begin; those of an ended process may begin so too. */
  private static final String OWN = PREFIX + ProcessHandle.current().pid() + "-";

  /** From the creation of a file to its lock. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  /**
   * Names of files that no longer exist. They are used again, because the JVM's list of files to
   * delete at exit only grows.
   */
  private static final Queue<String> FREE_NAMES = new ConcurrentLinkedQueue<>();

  private final Path path;
  private final FileChannel channel;
  private boolean closed;

  private TemporaryFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A copy that shares the file, for subclasses. */
  protected TemporaryFile(TemporaryFile other) {
    this(other.path, other.channel);
  }

  /** The content of a file. */
  public interface Content {

    /** Writes all of it. */
    void writeTo(TemporaryFile file) throws IOException;
  }

  /**
   * Writes a file, and replaces an existing one.
   *
   * @throws IOException if that fails; an existing file is then unchanged
   */
  public static void replace(Path target, Content content) throws IOException {
    try (TemporaryFile file = in(target.toAbsolutePath().getParent())) {
      content.writeTo(file);
      file.moveTo(target);
    }
  }

  /**
   * Creates a file that is to become {@code target}, before there is anything to write: what cannot
   * be written is refused before the work.
   *
   * @throws IOException if the target is a folder, a pipe or a device, which a rename would
   *     replace, or its folder is missing or not writable
   */
  public static TemporaryFile of(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    if (Files.isDirectory(absolute) || folder == null) {
      throw new IOException(target + ": expected the name of a file to write, found a folder");
    }
    if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
      throw new IOException(
          target + ": expected the name of a file to write, found a pipe or a device");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "%s: expected to write into the folder %s, found %s; create the folder first"
              .formatted(target, folder, Files.exists(folder) ? "a file" : "no such folder"));
    }
    try {
      requireName(absolute);
      sweep(folder);
      return in(folder);
    } catch (IOException e) {
      throw new IOException(
          "%s: expected a folder that can be written to, found %s (%s)"
              .formatted(target, folder, e),
          e);
    }
  }

  /** A name that the file system refuses is refused before the work. */
  private static void requireName(Path target) throws IOException {
    try {
      Files.readAttributes(target, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return; // It can be written.
    }
  }

  /** Creates a file in a folder. */
  public static TemporaryFile in(Path folder) throws IOException {
    String free = FREE_NAMES.poll();
    Path path = folder.resolve(free == null ? newName() : free);
    path.toFile().deleteOnExit(); // Ctrl-C closes nothing.
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      channel.tryLock();
    } catch (IOException e) {
      // A network drive without locks: sweep will not get one either, and leave the file alone.
      return new TemporaryFile(path, channel);
    }
    return new TemporaryFile(path, channel);
  }

  private static String newName() {
    return "%s%016x%s".formatted(OWN, new SecureRandom().nextLong(), SUFFIX);
  }

  /**
   * Deletes the temporary files of killed processes in a folder. A file that cannot be deleted
   * stays.
   */
  public static void sweep(Path folder) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        // To open a pipe of such a name would wait for ever.
        boolean regular = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        if (regular && !isOurs(file) && isAbandoned(file)) {
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

  /** Writes bytes at a position. */
  public void write(long position, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  /** Writes bytes after those that were appended before. */
  public void append(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Appends a part of another file. */
  public void append(TemporaryFile from, long position, long bytes) throws IOException {
    for (long done = 0; done < bytes; ) {
      done += from.channel.transferTo(position + done, bytes - done, channel);
    }
  }

  /** Waits until all that was written is on the disk. */
  public void flush() throws IOException {
    channel.force(false);
  }

  /**
   * Waits until all is on the disk, then renames the file to the target, and replaces an existing
   * one. The lock ends after that: a sweep in between would delete the file.
   */
  public void moveTo(Path target) throws IOException {
    channel.force(true);
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    channel.close();
  }

  /** Deletes the file, unless it was moved. */
  @Override
  public void close() {
    if (closed) {
      return; // The name may be another file's by now.
    }
    closed = true;
    try {
      try {
        channel.close();
      } finally {
        Files.deleteIfExists(path);
      }
      FREE_NAMES.add(path.getFileName().toString());
    } catch (IOException e) {
      return; // The next sweep finds it.
    }
  }
}

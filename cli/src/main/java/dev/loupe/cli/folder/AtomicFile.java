package dev.loupe.cli.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes files that are whole or not there: into a temporary file of the same folder, which is
 * forced to the disk and renamed. Its name is short and its own, since that of the target may fill
 * the 255 bytes that a name may have, and tells which process writes it.
 */
final class AtomicFile {

  private static final Pattern TEMPORARY = Pattern.compile("\\.loupe-(\\d+)-[0-9a-f]+\\.tmp");

  private final SecureRandom random = new SecureRandom();

  /** Writes the content of a file. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes a file, in the place of what has its name.
   *
   * @throws IOException if that fails; then whatever had the name is unchanged
   */
  void write(Path target, Content content) throws IOException {
    Path temporary =
        target.resolveSibling(
            ".loupe-%d-%x.tmp".formatted(ProcessHandle.current().pid(), random.nextInt()));
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      remove(temporary, e);
      throw new IOException(
          FileNames.shown(target) + ": expected to write it, but " + reason(e), e);
    } catch (RuntimeException | Error e) {
      remove(temporary, e);
      throw e;
    }
  }

  /** What the system says, without the name of the temporary file, which nobody knows. */
  private static String reason(IOException e) {
    if (e instanceof FileSystemException system) {
      return system.getReason() == null ? e.getClass().getSimpleName() : system.getReason();
    }
    return e.getMessage();
  }

  private static void remove(Path temporary, Throwable failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Writes all of it: one call may take less. */
  static void writeFully(WritableByteChannel channel, byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  /**
   * Removes what processes that are gone have left in a folder; to be called before this one writes
   * into it, for in a container every process may have the same number.
   *
   * @return how many files
   */
  static int removeLeftOvers(Path folder) throws IOException {
    int removed = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".loupe-*.tmp")) {
      for (Path file : files) {
        Matcher name = TEMPORARY.matcher(file.getFileName().toString());
        if (name.matches() && isGone(Long.parseLong(name.group(1)))) {
          Files.deleteIfExists(file);
          removed++;
        }
      }
    }
    return removed;
  }

  private static boolean isGone(long process) {
    return process == ProcessHandle.current().pid() || ProcessHandle.of(process).isEmpty();
  }
}

package dev.loupe.cli.folder;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The file of a run in progress: its lock keeps a second run away from the same output, and its
 * lines say what an interrupted run has done. A complete run deletes it.
 *
 * <p>The system releases the lock when the process ends, also when it is killed. A line counts only
 * with its line break.
 */
public final class RunFile implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private final LineFile lines;

  private RunFile(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.lines = new LineFile(path, channel);
  }

  /**
   * Opens or creates the file, and locks it, if the file system has locks.
   *
   * @param option names the output, for messages
   * @throws IOException if another run holds the lock, or the file cannot be written
   */
  public static RunFile open(Path path, String option) throws IOException {
    while (true) {
      FileChannel channel = openChannel(path, option);
      try {
        if (!lock(channel)) {
          throw new IOException(
              "%s: expected no other run on this output, found one; wait for it, or choose another %s"
                  .formatted(path, option));
        }
        if (Files.exists(path)) {
          RunFile file = new RunFile(path, channel);
          file.lines.cutTornLine();
          return file;
        }
        channel.close(); // The run that held the lock has ended and deleted the file.
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    }
  }

  private static FileChannel openChannel(Path path, String option) throws IOException {
    try {
      return FileChannel.open(
          path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (FileSystemException e) {
      throw new IOException(
          "%s: expected a folder that can be written to, found none (%s); choose another with %s"
              .formatted(
                  path.toAbsolutePath().getParent(),
                  e.getReason() == null ? e.getClass().getSimpleName() : e.getReason(),
                  option),
          e);
    }
  }

  private static boolean lock(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true; // Some network file systems have no locks; files are whole without them.
    }
  }

  /** The whole lines of a file that may not exist, or that another run may be using. */
  static List<String> peek(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    String text = Files.readString(path);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /** The first line; empty if there is none. */
  public String firstLine() throws IOException {
    return channel.size() == 0 ? "" : line(0);
  }

  /** Passes on each line except the first, and where it begins. */
  public void forEachAfterFirst(BiConsumer<String, Long> visitor) throws IOException {
    BufferedReader reader = readerAt(0);
    long at = 0;
    String line;
    while ((line = reader.readLine()) != null) {
      if (at > 0) {
        visitor.accept(line, at);
      }
      at += line.getBytes(StandardCharsets.UTF_8).length + 1;
    }
  }

  /** The line that begins at a byte. */
  String line(long at) throws IOException {
    return readerAt(at).readLine();
  }

  /** A reader that must not be closed: that would close the channel and release the lock. */
  private BufferedReader readerAt(long at) throws IOException {
    channel.position(at);
    return new BufferedReader(
        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  /**
   * Adds a line. It is on the disk when this returns.
   *
   * @return where it begins
   */
  public long append(String line) throws IOException {
    long at = channel.size();
    lines.append(line);
    return at;
  }

  /** Removes all lines. */
  public void clear() throws IOException {
    channel.truncate(0);
  }

  /** Deletes the file of a complete run. */
  public void delete() throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

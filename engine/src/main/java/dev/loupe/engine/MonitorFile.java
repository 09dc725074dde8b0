package dev.loupe.engine;

import dev.loupe.io.Json;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A file with a line of JSON for each token of many answers. Lines are added to what the file
 * holds, each in one piece, also where answers run at the same time. The first line of a run names
 * model and arithmetic; writing it shows that the file can be written.
 *
 * <p>A file that cannot be written later ends the monitoring with one notice, and no answer.
 */
public final class MonitorFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final Consumer<String> notices;
  private boolean broken;

  private MonitorFile(Path path, FileChannel channel, Consumer<String> notices) {
    this.path = path;
    this.channel = channel;
    this.notices = notices;
  }

  /**
   * Opens or creates a file.
   *
   * @param model its name, for the first line
   * @param profile the arithmetic, likewise
   * @param notices gets the first warning of each answer, and the end of the file
   * @throws IOException if the file cannot be written
   */
  public static MonitorFile open(
      Path path, String model, NumericsProfile profile, Consumer<String> notices)
      throws IOException {
    FileChannel channel = null;
    try {
      boolean torn = torn(path);
      channel =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      if (torn) {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      }
      MonitorFile file = new MonitorFile(path, channel, notices);
      Map<String, Object> first =
          Json.object("monitor", 1, "model", model, "profile", profile.toString());
      file.write(Json.write(first) + "\n");
      return file;
    } catch (OtherFileException e) {
      throw e;
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
      }
      throw new IOException(
          "%s: expected a monitor file that can be written, found none (%s)"
              .formatted(path, reason(e)),
          e);
    }
  }

  /** The file is of another kind, such as a picture. */
  private static final class OtherFileException extends IOException {
    private static final long serialVersionUID = 1;

    OtherFileException(Path path) {
      super(
          path
              + ": expected a new file or that of an earlier monitor, found something else in it;"
              + " choose another file");
    }
  }

  /** Whether the last line of the file lacks its end, as a killed run leaves it. */
  private static boolean torn(Path path) throws IOException {
    if (!Files.isRegularFile(path) || Files.size(path) == 0) {
      return false;
    }
    try (FileChannel old = FileChannel.open(path)) {
      ByteBuffer ends = ByteBuffer.allocate(2).limit(1);
      old.read(ends, 0);
      old.read(ends.limit(2), old.size() - 1);
      if (ends.get(0) != '{') {
        throw new OtherFileException(path);
      }
      return ends.get(1) != '\n';
    }
  }

  private static String reason(IOException e) {
    String text = e.getMessage() == null ? "" : e.getMessage();
    return e.getClass() == IOException.class
        ? text
        : (e.getClass().getSimpleName() + " " + text).strip();
  }

  /**
   * What watches one answer.
   *
   * @param request names the answer in each of its lines
   */
  public AnswerWatch watch(String request) {
    return new MonitoredAnswer(this, request);
  }

  /** A notice for people. */
  void notice(String text) {
    notices.accept(text);
  }

  /** Adds whole lines. */
  synchronized void add(String lines) {
    if (broken) {
      return;
    }
    try {
      write(lines);
    } catch (IOException e) {
      broken = true;
      notices.accept("%s: monitoring ends here, answers go on (%s)".formatted(path, reason(e)));
    }
  }

  /** What is written in part is ended by the next run. */
  private void write(String lines) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}

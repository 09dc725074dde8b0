package dev.loupe.cli.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A file that grows by whole lines.
 *
 * @param path its name in messages
 * @param channel open for reading and writing; the caller closes it
 */
record LineFile(Path path, FileChannel channel) {

  private static final int BLOCK = 8192;

  /**
   * Adds a line that is on the disk when this returns.
   *
   * @throws IOException if that fails; then nothing of the line is in the file, or it is torn
   */
  void append(String line) throws IOException {
    long before = channel.size();
    try {
      channel.position(before);
      write(line + "\n");
      channel.force(false);
    } catch (IOException e) {
      try {
        channel.truncate(before);
      } catch (IOException cut) {
        e.addSuppressed(cut); // The line is torn then, and cut when the file is opened next.
      }
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  /** Ends a last line that lacks its break. */
  void endLine() throws IOException {
    channel.position(channel.size());
    write("\n");
  }

  /** One call of the channel may take less than all. */
  private void write(String text) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  /** The bytes after the last line break: the incomplete line of a killed run. */
  byte[] tornLine() throws IOException {
    ByteBuffer torn = ByteBuffer.allocate(Math.toIntExact(channel.size() - wholeLines()));
    while (torn.hasRemaining()) {
      channel.read(torn, wholeLines() + torn.position());
    }
    return torn.array();
  }

  /** Cuts off the bytes after the last line break. */
  void cutTornLine() throws IOException {
    channel.truncate(wholeLines());
  }

  /** The bytes up to and with the last line break. */
  private long wholeLines() throws IOException {
    long end = channel.size();
    while (end > 0) {
      int length = (int) Math.min(BLOCK, end);
      ByteBuffer block = ByteBuffer.allocate(length);
      channel.read(block, end - length);
      for (int i = block.position() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return end - length + i + 1;
        }
      }
      end -= length;
    }
    return 0;
  }
}

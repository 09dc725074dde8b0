package dev.loupe.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * Reads regular files and nothing else: to open a pipe can block for ever, and a device such as
 * {@code /dev/zero} has no end. Links are followed.
 *
 * <p>The kind is checked before the file is opened, because already that can block, and again
 * afterwards, because another file may have taken the name in between.
 */
public final class RegularFile {

  private static final int CHUNK = 1 << 16;

  private RegularFile() {}

  /** Opens something at a path. */
  private interface Opening<T extends AutoCloseable> {
    T open() throws IOException;
  }

  /**
   * Opens a file to read it from its beginning to its end. An interrupt does not close it.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it is no regular file, or cannot be opened
   */
  public static InputStream inputStream(Path file) throws IOException {
    return open(file, () -> Files.newInputStream(file));
  }

  /**
   * Opens a file to read parts of it, or to map it.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it is no regular file, or cannot be opened
   */
  public static FileChannel channel(Path file) throws IOException {
    return open(file, () -> FileChannel.open(file, StandardOpenOption.READ));
  }

  /**
   * All bytes of a file. No more memory is taken than about three times what the file really holds.
   *
   * @param limit bytes that the file may have
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it is no regular file, has more bytes, or cannot be read
   */
  public static byte[] readAllBytes(Path file, int limit) throws IOException {
    try (InputStream in = inputStream(file)) {
      return readAllBytes(in, limit, file.toString());
    }
  }

  /**
   * All bytes of a stream, which stays open.
   *
   * @param limit bytes that it may have
   * @param name what the message calls it
   * @throws IOException if it has more bytes, or cannot be read
   */
  public static byte[] readAllBytes(InputStream in, int limit, String name) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      if (n > limit - content.size()) {
        throw new IOException(
            "%s: expected at most %s bytes, found more".formatted(Printable.escape(name), limit));
      }
      content.write(chunk, 0, n);
    }
    return content.toByteArray();
  }

  private static <T extends AutoCloseable> T open(Path file, Opening<T> opening)
      throws IOException {
    Object key = requireRegular(file);
    T opened = opening.open();
    try {
      if (!Objects.equals(requireRegular(file), key)) {
        throw new IOException(
            "%s: expected a file that stays as it is, found another one of this name while it was opened"
                .formatted(Printable.escape(file.toString())));
      }
      return opened;
    } catch (IOException e) {
      try {
        opened.close();
      } catch (Exception suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** The key of the file in the system; null where the system has none. */
  private static Object requireRegular(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new IOException(
          "%s: expected a regular file, found %s"
              .formatted(
                  Printable.escape(file.toString()),
                  attributes.isDirectory() ? "a folder" : "a pipe or device"));
    }
    return attributes.fileKey();
  }
}

package dev.loupe.weights.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * What a file was at some moment. As long as this stays the same, so does its content, as far as
 * the system tells.
 *
 * @param realPath where it lies, links followed
 * @param size its bytes
 * @param modified when its content was changed last
 * @param key what the system knows the file by, whatever it is called: another one if another file
 *     took its place; null where the system has no such thing
 */
public record FileStamp(Path realPath, long size, Instant modified, Object key) {

  /**
   * What a file is now.
   *
   * @throws IOException if there is none
   */
  public static FileStamp of(Path file) throws IOException {
    Path realPath = file.toRealPath();
    var attributes = Files.readAttributes(realPath, BasicFileAttributes.class);
    return new FileStamp(
        realPath,
        attributes.size(),
        attributes.lastModifiedTime().toInstant(),
        attributes.fileKey());
  }

  /**
   * Checks that a file is still what it was.
   *
   * @throws IOException if it is not, or is gone
   */
  public void requireUnchanged(Path file) throws IOException {
    if (!of(file).equals(this)) {
      throw new IOException(
          "%s: expected a file that stays as it is, found it changed while it was read; "
                  .formatted(file)
              + "wait until it is complete");
    }
  }
}

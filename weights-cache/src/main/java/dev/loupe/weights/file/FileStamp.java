package dev.loupe.weights.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * The state of a file at some moment. As long as it stays the same, so does the content, as far as
 * the system shows.
 *
 * @param realPath where it lies, links followed
 * @param size its bytes
 * @param modified when its content was changed last
 * @param key identifies the file in the system, independent of its name: changes if another file
 *     replaces it; null where the system has no such key
 */
public record FileStamp(Path realPath, long size, Instant modified, Object key) {

  /**
   * The state of a file now.
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
   * Checks that a file has not changed.
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

package dev.loupe.cli.folder;

import dev.loupe.io.RegularFile;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads picture files. A pipe or a device is refused, also one that takes a file's place during a
 * run: reading it could wait without end.
 *
 * @param decoder with the limits for a picture
 */
public record PictureReader(ImageDecoder decoder) {

  /**
   * The picture in a file, called by its path.
   *
   * @throws IOException if it is no regular file, cannot be read, or holds no whole picture
   */
  public RgbImage read(Path file) throws IOException {
    byte[] content = RegularFile.readAllBytes(file, ImageDecoder.MAX_FILE_BYTES);
    return decoder.decode(content, FileNames.shown(file));
  }
}

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

  /** Above any picture that the decoder accepts: its largest has 179 million pixels. */
  private static final int LARGEST_FILE = 1 << 30;

  /**
   * The picture in a file, called by its path.
   *
   * @throws IOException if it is no regular file, cannot be read, or holds no whole picture
   */
  public RgbImage read(Path file) throws IOException {
    return decoder.decode(RegularFile.readAllBytes(file, LARGEST_FILE), FileNames.shown(file));
  }
}

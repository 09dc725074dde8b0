package dev.loupe.vision.image;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * The bytes of a picture file for an ImageIO reader, with an eye on the clock.
 *
 * <p>Does not tell its length: the TIFF reader would refuse files for data that it never needs.
 */
final class PictureStream extends ImageInputStreamImpl {

  /** Single bytes are read far more often than the clock needs to be asked. */
  private static final int READS_PER_CHECK = 4096;

  private final byte[] file;
  private final Deadline deadline;
  private int reads;

  PictureStream(byte[] file, Deadline deadline) {
    this.file = file;
    this.deadline = deadline;
  }

  @Override
  public int read() throws IOException {
    count();
    bitOffset = 0;
    return streamPos < file.length ? file[(int) streamPos++] & 0xff : -1;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    count();
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= file.length) {
      return -1;
    }
    int n = (int) Math.min(length, file.length - streamPos);
    System.arraycopy(file, (int) streamPos, to, offset, n);
    streamPos += n;
    return n;
  }

  private void count() {
    if (++reads % READS_PER_CHECK == 0) {
      deadline.check();
    }
  }
}

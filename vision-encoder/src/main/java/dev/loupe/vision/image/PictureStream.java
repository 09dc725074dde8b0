package dev.loupe.vision.image;

import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * The bytes of a picture file for an ImageIO reader, with an eye on the clock.
 *
 * <p>Does not tell its length: the TIFF reader would refuse files for data that it never needs, and
 * the WebP reader those that pack well. That one also refuses large pictures of unknown length, so
 * a {@linkplain #complete complete} file claims to be as long as can be.
 */
final class PictureStream extends ImageInputStreamImpl {

  /** Single bytes are read far more often than the clock needs to be asked. */
  private static final int READS_PER_CHECK = 4096;

  private final byte[] file;
  private final Deadline deadline;
  private final boolean complete;
  private int reads;

  private PictureStream(byte[] file, Deadline deadline, boolean complete) {
    this.file = file;
    this.deadline = deadline;
    this.complete = complete;
  }

  /** All bytes, then the end. */
  static PictureStream of(byte[] file, Deadline deadline) {
    return new PictureStream(file, deadline, false);
  }

  /** All bytes; asking for more is an error, and no mere end that a reader might pass over. */
  static PictureStream complete(byte[] file, Deadline deadline) {
    return new PictureStream(file, deadline, true);
  }

  @Override
  public long length() {
    return complete ? Integer.MAX_VALUE : -1;
  }

  @Override
  public int read() throws IOException {
    count();
    bitOffset = 0;
    return streamPos < file.length ? file[(int) streamPos++] & 0xff : end();
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    count();
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= file.length) {
      return end();
    }
    int n = (int) Math.min(length, file.length - streamPos);
    System.arraycopy(file, (int) streamPos, to, offset, n);
    streamPos += n;
    return n;
  }

  private int end() throws IOException {
    if (complete) {
      throw new IIOException("expected more data, found its end");
    }
    return -1;
  }

  private void count() {
    if (++reads % READS_PER_CHECK == 0) {
      deadline.check();
    }
  }
}

package dev.loupe.vision.image;

import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;

/**
 * The size in the header of a picture file, read without the rest of the file, to estimate the time
 * for a folder. A file may still turn out to be damaged.
 *
 * @param width pixels in a row as stored, at least 1; a picture that is turned when decoded has the
 *     two exchanged
 * @param height rows as stored, at least 1
 */
public record ImageHeader(int width, int height) {

  /** More than the longest signature. */
  private static final int SIGNATURE_BYTES = 16;

  /** The header of a file; empty if none can be read. */
  public static Optional<ImageHeader> read(Path file) {
    try {
      byte[] start;
      try (InputStream in = RegularFile.inputStream(file)) {
        start = in.readNBytes(SIGNATURE_BYTES);
      }
      ImageReader reader = ImageFormat.of(start, file.toString()).reader();
      try (HeaderStream in = new HeaderStream(file)) {
        reader.setInput(in, true, true);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        return width < 1 || height < 1
            ? Optional.empty()
            : Optional.of(new ImageHeader(width, height));
      } finally {
        reader.dispose();
      }
    } catch (LinkageError e) {
      // The installation is broken, not the picture.
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      // ImageIO's readers answer damaged files with any unchecked exception, or with an error.
      return Optional.empty();
    }
  }

  /** A file of which nothing is read after a second: headers may have millions of parts. */
  private static final class HeaderStream extends FileImageInputStream {
    private final Deadline deadline = Deadline.start(Duration.ofSeconds(1));

    HeaderStream(Path file) throws IOException {
      super(file.toFile());
    }

    @Override
    public int read() throws IOException {
      deadline.check();
      return super.read();
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      deadline.check();
      return super.read(to, offset, length);
    }
  }
}

package dev.loupe.vision.image;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.IIOException;

/**
 * Unpacks strips and tiles of TIFF, for the JDK's reader does that in one step: it can neither be
 * stopped within, nor does its LZW end where a strip is full.
 */
final class TiffUnpacking {
  private static final int BYTES_PER_CHECK = 1 << 20;

  private static final int CLEAR = 256;
  private static final int END = 257;
  private static final int CODES = 4096;
  private static final int FEWEST_BITS = 9;
  private static final int MOST_BITS = 12;

  private TiffUnpacking() {}

  /**
   * Deflate.
   *
   * @param to filled from {@code at} on, with {@code length} bytes
   * @throws IOException if there are fewer, or they are damaged
   */
  static void inflate(
      byte[] file, int from, int bytes, byte[] to, int at, int length, Deadline deadline)
      throws IOException {
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(file, from, bytes);
      for (int done = 0; done < length; ) {
        deadline.check();
        int n = inflater.inflate(to, at + done, Math.min(BYTES_PER_CHECK, length - done));
        if (n == 0) {
          throw tooShort(length, done);
        }
        done += n;
      }
    } catch (DataFormatException e) {
      throw new IIOException("damaged Deflate data", e);
    }
  }

  /**
   * LZW, highest bits first, as in TIFF 6.0, section 13. A string is the one before it and one more
   * byte; what was written holds both, so that the table only says where and how long.
   *
   * @param lowestFirst the bits of each byte are in reverse order
   */
  static void unpackLzw(
      byte[] file,
      int from,
      int bytes,
      boolean lowestFirst,
      byte[] to,
      int at,
      int length,
      Deadline deadline)
      throws IOException {
    int[] starts = new int[CODES];
    int[] lengths = new int[CODES];
    int next = END + 1;
    int width = FEWEST_BITS;
    int previousStart = -1;
    int previousLength = 0;
    int done = 0;
    int held = 0;
    int bits = 0;
    int in = from;
    int checked = 0;
    while (done < length) {
      if (done - checked >= BYTES_PER_CHECK || (in & 0xffff) == 0) {
        deadline.check();
        checked = done;
      }
      for (; bits < width; bits += Byte.SIZE) {
        if (in == from + bytes) {
          throw tooShort(length, done);
        }
        int b = file[in++] & 0xff;
        held = held << Byte.SIZE | (lowestFirst ? Integer.reverse(b) >>> 24 : b);
      }
      bits -= width;
      int code = held >>> bits & (1 << width) - 1;
      if (code == END) {
        throw tooShort(length, done);
      }
      if (code == CLEAR) {
        next = END + 1;
        width = FEWEST_BITS;
        previousStart = -1;
        continue;
      }
      boolean known = code < CLEAR || code < next;
      if (!known && (code > next || previousStart < 0)) {
        throw new IIOException("damaged LZW data");
      }
      if (previousStart >= 0 && next < CODES) {
        starts[next] = previousStart;
        lengths[next] = previousLength + 1;
        next++;
      }
      int start = at + done;
      int written;
      if (code < CLEAR) {
        to[start] = (byte) code;
        written = 1;
      } else {
        written = Math.min(lengths[code], length - done);
        // Byte by byte: the string may overlap what it makes.
        for (int i = 0; i < written; i++) {
          to[start + i] = to[starts[code] + i];
        }
      }
      previousStart = start;
      previousLength = written;
      done += written;
      // One code early, as all writers do.
      if (next >= (1 << width) - 1 && width < MOST_BITS) {
        width++;
      }
    }
  }

  /** Adds to each byte the one of the pixel before it. */
  static void undoDifferences(byte[] samples, int at, int rowBytes, int rows, int step) {
    for (int y = 0; y < rows; y++) {
      int row = at + y * rowBytes;
      for (int i = row + step; i < row + rowBytes; i++) {
        samples[i] += samples[i - step];
      }
    }
  }

  private static IOException tooShort(int expected, int found) {
    return new IIOException(
        "expected %d bytes in a strip or tile, found %d".formatted(expected, found));
  }
}

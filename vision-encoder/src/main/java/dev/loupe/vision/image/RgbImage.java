package dev.loupe.vision.image;

import dev.loupe.io.Sha256;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * An upright picture of 8-bit red, green and blue, without transparency. Immutable.
 *
 * <p>Messages use the name: the file name if the picture came from a file.
 */
public final class RgbImage {

  /** Samples of a pixel: red, green, blue. */
  public static final int CHANNELS = 3;

  private static final String NO_NAME = "picture";

  private final String name;
  private final int width;
  private final int height;
  private final byte[] samples;

  /** Null until the first call. A race computes it twice, with the same result. */
  private String digest;

  /** Takes the array over; the caller must not write to it afterwards. */
  RgbImage(String name, int width, int height, byte[] samples) {
    this.name = name;
    this.width = width;
    this.height = height;
    this.samples = samples;
  }

  /**
   * A picture with a copy of these samples.
   *
   * @param width pixels in a row, at least 1
   * @param height rows, at least 1
   * @param samples {@code height * width * 3} bytes: rows from the top, pixels from the left, each
   *     red, green, blue
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public static RgbImage of(int width, int height, byte[] samples) {
    if (width < 1 || height < 1 || (long) width * height * CHANNELS != samples.length) {
      throw new IllegalArgumentException(
          "%s: expected width * height * 3 bytes, found %d bytes for %d x %d"
              .formatted(NO_NAME, samples.length, width, height));
    }
    return new RgbImage(NO_NAME, width, height, samples.clone());
  }

  /**
   * A copy of a picture that is already in memory, by the same rules as {@link ImageDecoder}: its
   * samples are taken as they are (no colour profile is applied), transparency is laid over white,
   * and a 16-bit gray level above 255 becomes 255, as in Pillow.
   *
   * @throws IllegalArgumentException if the picture is neither gray, RGB, CMYK nor indexed, or has
   *     samples of more than 16 bits
   */
  public static RgbImage of(BufferedImage image) {
    try {
      return SampleConverter.toRgb(
          image.getRaster(), image.getColorModel(), SampleConverter.Alpha.OVER_WHITE, NO_NAME);
    } catch (ImageFormatException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The same picture with another name for messages. */
  public RgbImage named(String newName) {
    return new RgbImage(newName, width, height, samples);
  }

  /** The name of the picture in messages. */
  public String name() {
    return name;
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /**
   * One sample, 0 to 255.
   *
   * @param channel 0 red, 1 green, 2 blue
   * @throws IndexOutOfBoundsException if there is no such pixel or channel
   */
  public int sample(int x, int y, int channel) {
    if (x < 0 || x >= width || y < 0 || y >= height || channel < 0 || channel >= CHANNELS) {
      throw new IndexOutOfBoundsException(
          "%s: expected a sample within %d x %d x 3, found x %d, y %d, channel %d"
              .formatted(name, width, height, x, y, channel));
    }
    return samples[(y * width + x) * CHANNELS + channel] & 0xff;
  }

  /**
   * Copies one row: {@code width * 3} bytes, pixels from the left, each red, green, blue.
   *
   * @param y the row, 0 at the top
   * @param to where the copy goes, from its begin on
   * @throws IndexOutOfBoundsException if there is no such row, or {@code to} is too short
   */
  public void copyRow(int y, byte[] to) {
    int length = width * CHANNELS;
    System.arraycopy(samples, Math.multiplyExact(y, length), to, 0, length);
  }

  /** A copy of all samples: {@code height * width * 3} bytes, rows from the top, red first. */
  public byte[] toByteArray() {
    return samples.clone();
  }

  /**
   * SHA-256 of size and samples in hexadecimal: equal for pictures of the same content, names
   * aside. Computed once.
   */
  public String digest() {
    String known = digest;
    if (known == null) {
      MessageDigest sha = Sha256.start();
      sha.update(ByteBuffer.allocate(8).putInt(width).putInt(height).flip());
      known = HexFormat.of().formatHex(sha.digest(samples));
      digest = known;
    }
    return known;
  }

  /** The samples themselves, for reading only. */
  byte[] samples() {
    return samples;
  }

  @Override
  public String toString() {
    return "%s (%d x %d)".formatted(name, width, height);
  }
}

package dev.loupe.vision.image;

import dev.loupe.io.RegularFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Reads picture files into upright 8-bit RGB: JPEG, PNG, GIF (first frame), BMP, TIFF (first page)
 * and WebP (first frame).
 *
 * <p>The result equals, byte for byte, what Pillow 12.3 gives for {@code exif_transpose}, then
 * transparency laid over white, then {@code convert("RGB")}; see the package description for the
 * exceptions. The content decides the kind of file, not the name. Colour profiles and gamma are
 * ignored, as Pillow ignores them.
 *
 * <p>Files are untrusted. What a header claims is checked before anything is decoded: size, tiles,
 * bands, scans, where a frame lies on its canvas. Whatever else a file does, it ends in an {@link
 * ImageFormatException}: also an error of a decoder, such as a lack of memory, and decoding that
 * takes longer than the {@linkplain #timeout time allowed}.
 *
 * <p>Immutable and safe for use by several threads. Decoding keeps the file, a part of it, the
 * decoder's own raster and the result in memory: up to about 14 bytes a pixel beside twice the
 * file. Nothing is written to disk.
 */
public final class ImageDecoder {

  /** Where Pillow refuses a picture as a decompression bomb: 178,956,970 pixels. */
  public static final long DEFAULT_MAX_PIXELS = 178_956_970;

  /** The largest file that is read, 1 GiB: more than the largest picture takes unpacked. */
  public static final int MAX_FILE_BYTES = 1 << 30;

  /** How long the decoding of one picture may take: 20 seconds. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(20);

  private final PixelLimit limit;
  private final Duration timeout;

  /**
   * A decoder that refuses pictures of more than {@link #DEFAULT_MAX_PIXELS}, and those that take
   * longer than {@link #DEFAULT_TIMEOUT}.
   */
  public ImageDecoder() {
    this(DEFAULT_MAX_PIXELS);
  }

  /**
   * A decoder that refuses pictures of more than {@code maxPixels}, from their header, before
   * memory is taken for them.
   *
   * @throws IllegalArgumentException if {@code maxPixels} is not positive
   */
  public ImageDecoder(long maxPixels) {
    if (maxPixels < 1) {
      throw new IllegalArgumentException(
          "picture size limit: expected at least 1 pixel, found " + maxPixels);
    }
    this.limit = new PixelLimit(maxPixels);
    this.timeout = DEFAULT_TIMEOUT;
  }

  private ImageDecoder(PixelLimit limit, Duration timeout) {
    this.limit = limit;
    this.timeout = timeout;
  }

  /**
   * A decoder like this one with another time for each picture or clip. Decoding that takes longer
   * is stopped, on the thread that asked for it; no work goes on elsewhere. The reading of the file
   * does not count.
   *
   * @param perPicture the time from the file's bytes to the upright picture, more than zero. The
   *     decoder ends soon after it, once the scan of a JPEG or the CCITT, PackBits or JPEG strip of
   *     a TIFF is done that it works on: up to a few seconds for the largest ones.
   * @throws IllegalArgumentException if it is zero or negative
   */
  public ImageDecoder timeout(Duration perPicture) {
    Objects.requireNonNull(perPicture, "perPicture");
    if (!perPicture.isPositive()) {
      throw new IllegalArgumentException(
          "time to decode a picture: expected more than zero, found " + perPicture);
    }
    return new ImageDecoder(limit, perPicture);
  }

  /**
   * The picture in a file, called by its file name.
   *
   * @throws ImageFormatException if it is no picture, is damaged or cut short, too large, or takes
   *     too long
   * @throws IOException if it is no regular file, has more than {@link #MAX_FILE_BYTES}, or cannot
   *     be read
   */
  public RgbImage decode(Path file) throws IOException {
    Path last = file.getFileName();
    return decode(
        RegularFile.readAllBytes(file, MAX_FILE_BYTES), (last == null ? file : last).toString());
  }

  /**
   * The picture in a stream, which is read to its end and left open.
   *
   * @param name what messages call the picture
   * @throws ImageFormatException if it is no picture, is damaged or cut short, too large, or takes
   *     too long
   * @throws IOException if the stream has more than {@link #MAX_FILE_BYTES}, or cannot be read
   */
  public RgbImage decode(InputStream stream, String name) throws IOException {
    return decode(RegularFile.readAllBytes(stream, MAX_FILE_BYTES, name), name);
  }

  /**
   * The picture in these bytes of a file.
   *
   * @param name what messages call the picture
   * @throws ImageFormatException if it is no picture, is damaged or cut short, too large, or takes
   *     too long
   */
  public RgbImage decode(byte[] file, String name) throws IOException {
    ImageFormat format = ImageFormat.of(file, name);
    return whole(
        format,
        name,
        deadline ->
            switch (format) {
              case JPEG -> JpegPicture.decode(file, name, limit, deadline);
              case PNG -> PngPicture.decode(file, name, limit, deadline);
              case GIF -> GifPicture.decode(file, name, limit, deadline);
              case BMP -> BmpPicture.decode(file, name, limit, deadline);
              case TIFF -> TiffPicture.decode(file, name, limit, deadline);
              case WEBP -> WebpPicture.decode(file, name, limit, deadline);
            });
  }

  /**
   * The frames of an animated GIF that a model looks at, called by its file name; see {@link
   * #decodeClip(byte[], String)}.
   *
   * @throws ImageFormatException if it is no GIF, is damaged or cut short, too large, or takes too
   *     long
   * @throws IOException if it is no regular file, has more than {@link #MAX_FILE_BYTES}, or cannot
   *     be read
   */
  public List<RgbImage> decodeClip(Path file) throws IOException {
    Path last = file.getFileName();
    return decodeClip(
        RegularFile.readAllBytes(file, MAX_FILE_BYTES), (last == null ? file : last).toString());
  }

  /**
   * The frames of an animated GIF that a model looks at, as qwen_vl_utils chooses them: two for
   * each second, at least 4 (or all there are) and at most 768, an even number, evenly spread in
   * time from the first to the last. A GIF of one frame gives that. All have the size of the
   * screen.
   *
   * @param name what messages call the clip
   * @throws ImageFormatException if it is no GIF, is damaged or cut short, or its chosen frames
   *     have more pixels together than the decoder's limit
   */
  public List<RgbImage> decodeClip(byte[] file, String name) throws IOException {
    ImageFormat format = ImageFormat.of(file, name);
    if (format != ImageFormat.GIF) {
      throw new ImageFormatException(
          "%s: expected an animated GIF, found a %s picture; give the frames of another kind of clip"
                  .formatted(name, format)
              + " as pictures");
    }
    return whole(
        format,
        name,
        deadline -> {
          AnimatedGif gif = AnimatedGif.open(file, name, deadline);
          return gif.frames(AnimatedGif.sample(gif.delays()), limit);
        });
  }

  /** What is read from a file. */
  private interface Reading<T> {
    T read(Deadline deadline) throws IOException;
  }

  private <T> T whole(ImageFormat format, String name, Reading<T> reading) throws IOException {
    Deadline deadline = Deadline.start(timeout);
    try {
      T result = reading.read(deadline);
      if (deadline.hasPassed()) {
        // A reader went on without the rest.
        throw deadline.exception(name, format);
      }
      return result;
    } catch (ImageFormatException e) {
      throw e;
    } catch (LinkageError e) {
      // The installation is broken, not the picture.
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      // ImageIO's readers answer damaged files with any unchecked exception, or with an error.
      if (deadline.hasPassed()) {
        throw deadline.exception(name, format);
      }
      throw damaged(format, name, e);
    }
  }

  private static ImageFormatException damaged(ImageFormat format, String name, Throwable e) {
    if (e instanceof OutOfMemoryError) {
      return new ImageFormatException(
          "%s: expected a %s picture that fits into memory, found too little of it (%s); scale the"
                  .formatted(name, format, e.getMessage())
              + " picture down or raise -Xmx",
          e);
    }
    return new ImageFormatException(
        "%s: expected a whole %s picture, found damaged or unsupported data (%s); copy the file"
                .formatted(name, format, inWords(e))
            + " again or convert it to PNG",
        e);
  }

  /** Readers answer damage with all kinds of exceptions, whose names say nothing to people. */
  private static String inWords(Throwable e) {
    return switch (e) {
      case EOFException _ -> "it ends too early";
      case StackOverflowError _ -> "nested too deeply";
      case IOException io when io.getMessage() != null -> io.getMessage();
      default -> "the reader failed";
    };
  }
}

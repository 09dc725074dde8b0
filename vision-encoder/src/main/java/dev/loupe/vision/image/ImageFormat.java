package dev.loupe.vision.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The kinds of picture files that are read, recognised by their first bytes, never by their name.
 *
 * <p>Every kind has exactly one reader: the JDK's own, and TwelveMonkeys' for WebP. Other plug-ins
 * that a host application may have installed are passed over, so that they cannot change a pixel.
 */
enum ImageFormat {
  JPEG(0, "\u00ff\u00d8\u00ff"),
  PNG(0, "\u0089PNG\r\n\u001a\n"),
  GIF(0, "GIF87a", "GIF89a"),
  BMP(0, "BM"),
  TIFF(0, "II*\0", "MM\0*"),
  WEBP(8, "WEBP");

  private final int offset;
  private final byte[][] signatures;

  ImageFormat(int offset, String... signatures) {
    this.offset = offset;
    this.signatures =
        Arrays.stream(signatures)
            .map(s -> s.getBytes(StandardCharsets.ISO_8859_1))
            .toArray(byte[][]::new);
  }

  /**
   * The kind of this file.
   *
   * @throws ImageFormatException if it is empty or of none of these kinds
   */
  static ImageFormat of(byte[] file, String name) throws ImageFormatException {
    for (ImageFormat format : values()) {
      if (format.matches(file)) {
        return format;
      }
    }
    String kinds = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    if (file.length == 0) {
      throw new ImageFormatException(
          "%s: expected a picture (%s), found an empty file; copy it again".formatted(name, kinds));
    }
    throw new ImageFormatException(
        "%s: expected a picture (%s), found a file that begins with %s; convert it to PNG or JPEG"
            .formatted(name, kinds, firstBytes(file)));
  }

  /**
   * A reader on these bytes; the caller disposes of it. Nothing is cached on disk.
   *
   * @throws IOException if the JDK's reader was deregistered
   */
  ImageReader open(byte[] file, Deadline deadline) throws IOException {
    ImageReader reader = reader();
    // Only TIFF keeps something in its metadata that changes the picture: what the palette holds.
    boolean ignoreMetadata = this != TIFF;
    reader.setInput(PictureStream.of(file, deadline), true, ignoreMetadata);
    DeadlineListener.listen(reader, deadline);
    return reader;
  }

  /** The first picture of a reader, once its size has passed the limit. */
  static BufferedImage readLimited(ImageReader reader, String name, PixelLimit limit)
      throws IOException {
    limit.check(name, reader.getWidth(0), reader.getHeight(0));
    return reader.read(0);
  }

  /** A reader without input; the caller disposes of it. */
  ImageReader reader() throws IOException {
    return this == WEBP ? new WebPImageReaderSpi().createReaderInstance() : ofJdk();
  }

  private ImageReader ofJdk() throws IOException {
    Iterator<ImageReaderSpi> all =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
    while (all.hasNext()) {
      ImageReaderSpi provider = all.next();
      boolean own = provider.getClass().getModule() == ImageReaderSpi.class.getModule();
      if (own
          && Arrays.asList(provider.getFormatNames()).contains(name().toLowerCase(Locale.ROOT))) {
        return provider.createReaderInstance();
      }
    }
    throw new IOException(
        name() + ": expected the JDK's own ImageIO reader, found none; it must stay registered");
  }

  private boolean matches(byte[] file) {
    for (byte[] signature : signatures) {
      int end = offset + signature.length;
      if (file.length >= end && Arrays.equals(file, offset, end, signature, 0, signature.length)) {
        return true;
      }
    }
    return false;
  }

  private static String firstBytes(byte[] file) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < Math.min(8, file.length); i++) {
      hex.append(i == 0 ? "" : " ").append("%02x".formatted(file[i]));
    }
    return hex.toString();
  }
}

package dev.loupe.vision.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A WebP picture; of an animated one the first frame on its canvas, which shows white around it
 * where the file is transparent, and black where it is not.
 *
 * <p>Lossless pictures are exact. Lossy ones differ from libwebp's; see the package description.
 */
final class WebpPicture {
  private static final int HEADER_OF_LOSSLESS = 5;
  private static final byte OPAQUE = (byte) 0xff;

  private WebpPicture() {}

  static RgbImage decode(byte[] file, String name, PixelLimit limit, Deadline deadline)
      throws IOException {
    WebpChunks chunks = WebpChunks.read(file, name);
    WebpChunks.Frame frame = chunks.frame();
    limit.check(name, chunks.width(), chunks.height());
    limit.check(name, frame.width(), frame.height());
    byte[] rgb =
        frame.lossless() ? lossless(file, chunks, deadline) : lossy(file, chunks, name, deadline);
    RgbImage canvas = new RgbImage(name, chunks.width(), chunks.height(), onCanvas(rgb, chunks));
    return OrientationTag.read(chunks.metadata()).apply(canvas);
  }

  /** The frame's red, green and blue over white. */
  private static byte[] lossless(byte[] file, WebpChunks chunks, Deadline deadline)
      throws IOException {
    WebpChunks.Frame frame = chunks.frame();
    ByteBuffer stream = frame.stream().in(file);
    stream.position(stream.position() + HEADER_OF_LOSSLESS);
    byte[] rgba = WebpBitstream.lossless(stream, frame.width(), frame.height(), deadline);
    byte[] rgb = new byte[rgba.length / WebpBitstream.RGBA * RgbImage.CHANNELS];
    int in = 0;
    for (int out = 0; out < rgb.length; in += WebpBitstream.RGBA) {
      byte opacity = chunks.transparent() ? rgba[in + RgbImage.CHANNELS] : OPAQUE;
      for (int c = 0; c < RgbImage.CHANNELS; c++) {
        rgb[out++] = SampleConverter.overWhite(rgba[in + c] & 0xff, opacity & 0xff);
      }
    }
    return rgb;
  }

  /** The same, where the opacity has a chunk of its own. */
  private static byte[] lossy(byte[] file, WebpChunks chunks, String name, Deadline deadline)
      throws IOException {
    WebpChunks.Frame frame = chunks.frame();
    int width = frame.width();
    int height = frame.height();
    byte[] rgb = WebpBitstream.lossy(frame.stream().in(file), width, height, deadline);
    if (chunks.transparent() && frame.alpha().isPresent()) {
      ByteBuffer chunk = frame.alpha().get().in(file);
      byte[] opacity = WebpAlpha.decode(chunk, width, height, name, deadline);
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = SampleConverter.overWhite(rgb[i] & 0xff, opacity[i / RgbImage.CHANNELS] & 0xff);
      }
    }
    return rgb;
  }

  private static byte[] onCanvas(byte[] rgb, WebpChunks chunks) {
    WebpChunks.Frame frame = chunks.frame();
    if (frame.width() == chunks.width() && frame.height() == chunks.height()) {
      return rgb;
    }
    byte[] canvas = new byte[chunks.width() * chunks.height() * RgbImage.CHANNELS];
    if (chunks.transparent()) {
      Arrays.fill(canvas, OPAQUE);
    }
    int rowBytes = frame.width() * RgbImage.CHANNELS;
    for (int y = 0; y < frame.height(); y++) {
      int to = ((frame.top() + y) * chunks.width() + frame.left()) * RgbImage.CHANNELS;
      System.arraycopy(rgb, y * rowBytes, canvas, to, rowBytes);
    }
    return canvas;
  }
}

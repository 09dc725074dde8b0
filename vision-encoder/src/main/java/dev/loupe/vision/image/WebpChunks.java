package dev.loupe.vision.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The first picture of a WebP file and where it lies on the canvas, by the rules of libwebp's
 * demultiplexer. Profiles are passed over. Source: RFC 9649, section 2.
 */
final class WebpChunks {

  /** A part of the file. */
  record Chunk(int at, int length) {
    ByteBuffer in(byte[] file) {
      return ByteBuffer.wrap(file, at, length);
    }
  }

  /**
   * A frame.
   *
   * @param lossless the bitstream is VP8L, else VP8
   * @param alpha the opacity beside a VP8 bitstream
   */
  record Frame(
      int left,
      int top,
      int width,
      int height,
      boolean lossless,
      Chunk stream,
      Optional<Chunk> alpha) {}

  private static final int RIFF_HEADER = 12;
  private static final int HEADER = 8;
  private static final int FRAME_HEADER = 16;
  private static final int VP8_HEADER = 10;
  private static final int VP8L_HEADER = 5;
  private static final int VP8L_SIGNATURE = 0x2f;
  private static final int SIDE = 0x3fff;

  private static final int ANIMATION = 0x02;
  private static final int XMP = 0x04;
  private static final int EXIF = 0x08;
  private static final int ALPHA = 0x10;

  private final byte[] file;
  private final ByteBuffer buffer;
  private final String name;
  private boolean extended;
  private int flags;
  private int canvasWidth;
  private int canvasHeight;
  private Optional<Frame> frame = Optional.empty();
  private byte[] exif = {};
  private byte[] xmp = {};

  private WebpChunks(byte[] file, String name) {
    this.file = file;
    this.buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
  }

  /**
   * Reads the container of a whole file.
   *
   * @throws ImageFormatException if it is cut short, holds no picture, or one that does not lie on
   *     its canvas
   */
  static WebpChunks read(byte[] file, String name) throws ImageFormatException {
    WebpChunks chunks = new WebpChunks(file, name);
    chunks.readAll();
    return chunks;
  }

  Frame frame() {
    return frame.orElseThrow();
  }

  int width() {
    return extended ? canvasWidth : frame().width;
  }

  int height() {
    return extended ? canvasHeight : frame().height;
  }

  /** Whether Pillow opens the file as RGBA. Where it does not, opacity is ignored. */
  boolean transparent() {
    Frame shown = frame();
    if (isAnimated()) {
      return (flags & ALPHA) != 0;
    }
    return shown.lossless
        ? (buffer.getInt(shown.stream.at + 1) >>> 28 & 1) == 1
        : (flags & ALPHA) != 0 || shown.alpha.isPresent();
  }

  PictureMetadata metadata() {
    return new PictureMetadata(exif, xmp);
  }

  private boolean isAnimated() {
    return (flags & ANIMATION) != 0;
  }

  private void readAll() throws ImageFormatException {
    long size = file.length < 8 ? 0 : Integer.toUnsignedLong(buffer.getInt(4));
    if (file.length < RIFF_HEADER + HEADER || size + 8 > file.length) {
      throw new ImageFormatException(
          "%s: expected %d bytes of WebP, found %d; the file is cut short, copy it again"
              .formatted(name, Math.max(size + 8, RIFF_HEADER + HEADER), file.length));
    }
    int end = (int) size + 8;
    int at = RIFF_HEADER;
    if (is(at, "VP8X")) {
      extended = true;
      at = readHeader(at, end);
      readExtended(at, end);
    } else {
      frame = readImage(at, end, 0, 0);
    }
    if (frame.isEmpty()) {
      throw damaged("a picture", "none");
    }
    checkCanvas(frame.get());
  }

  private int readHeader(int at, int end) throws ImageFormatException {
    int length = buffer.getInt(at + 4);
    if (length < 10 || length > end - at - HEADER) {
      throw damaged("a VP8X chunk of 10 bytes", Integer.toUnsignedString(length));
    }
    flags = buffer.getInt(at + HEADER) & 0xff;
    canvasWidth = 1 + unsigned24(at + 12);
    canvasHeight = 1 + unsigned24(at + 15);
    return next(at, length);
  }

  private void readExtended(int from, int end) throws ImageFormatException {
    boolean animation = false;
    int at = from;
    while (at + HEADER <= end) {
      int length = buffer.getInt(at + 4);
      int start = at + HEADER;
      if (length < 0 || length > end - start) {
        // The picture before it is whole.
        return;
      }
      boolean image = is(at, "ALPH") || is(at, "VP8 ") || is(at, "VP8L");
      if (is(at, "ANIM")) {
        animation = true;
      } else if (image && animation || is(at, "ANMF") && !animation) {
        throw damaged("frames after ANIM and no other pictures", type(at));
      } else if (image && frame.isEmpty()) {
        frame = readImage(at, end, 0, 0);
      } else if (frame.isEmpty() && isAnimated() && is(at, "ANMF") && length >= FRAME_HEADER) {
        frame =
            readImage(
                start + FRAME_HEADER,
                start + length,
                2 * unsigned24(start),
                2 * unsigned24(start + 3));
      } else if (is(at, "EXIF") && (flags & EXIF) != 0 && exif.length == 0) {
        exif = Arrays.copyOfRange(file, start, start + length);
      } else if (is(at, "XMP ") && (flags & XMP) != 0 && xmp.length == 0) {
        xmp = Arrays.copyOfRange(file, start, start + length);
      }
      at = next(at, length);
    }
  }

  /** A bitstream, and the opacity before it. */
  private Optional<Frame> readImage(int from, int end, int left, int top)
      throws ImageFormatException {
    Optional<Chunk> alpha = Optional.empty();
    int at = from;
    while (at + HEADER <= end) {
      int length = buffer.getInt(at + 4);
      Chunk chunk = new Chunk(at + HEADER, length);
      if (length < 0 || length > end - chunk.at) {
        throw damaged("chunks within %d bytes".formatted(end), "one that ends beyond them");
      }
      if (is(at, "VP8L")) {
        return Optional.of(lossless(chunk, left, top));
      }
      if (is(at, "VP8 ")) {
        return Optional.of(lossy(chunk, left, top, alpha));
      }
      if (is(at, "ALPH") && alpha.isEmpty()) {
        alpha = Optional.of(chunk);
      }
      at = next(at, length);
    }
    return Optional.empty();
  }

  private Frame lossless(Chunk chunk, int left, int top) throws ImageFormatException {
    if (chunk.length < VP8L_HEADER || file[chunk.at] != VP8L_SIGNATURE) {
      throw damaged("a VP8L signature", "another one");
    }
    int bits = buffer.getInt(chunk.at + 1);
    if (bits >>> 29 != 0) {
      throw damaged("VP8L version 0", Integer.toString(bits >>> 29));
    }
    int width = 1 + (bits & SIDE);
    int height = 1 + (bits >>> 14 & SIDE);
    return new Frame(left, top, width, height, true, chunk, Optional.empty());
  }

  private Frame lossy(Chunk chunk, int left, int top, Optional<Chunk> alpha)
      throws ImageFormatException {
    boolean key = chunk.length >= VP8_HEADER && (file[chunk.at] & 1) == 0;
    if (!key || unsigned24(chunk.at + 3) != 0x2a019d) {
      throw damaged("a VP8 key frame", "another one");
    }
    int width = buffer.getShort(chunk.at + 6) & SIDE;
    int height = buffer.getShort(chunk.at + 8) & SIDE;
    return new Frame(left, top, width, height, false, chunk, alpha);
  }

  private void checkCanvas(Frame shown) throws ImageFormatException {
    if (!extended) {
      return;
    }
    boolean lies =
        isAnimated()
            ? shown.left + (long) shown.width <= canvasWidth
                && shown.top + (long) shown.height <= canvasHeight
            : shown.width == canvasWidth && shown.height == canvasHeight;
    if (!lies) {
      throw damaged(
          "a frame within its canvas of %d x %d".formatted(canvasWidth, canvasHeight),
          "%d x %d at %d, %d".formatted(shown.width, shown.height, shown.left, shown.top));
    }
  }

  private ImageFormatException damaged(String expected, String found) {
    return new ImageFormatException(
        "%s: expected %s in WebP, found %s; the file is damaged, copy it again or convert it to PNG"
            .formatted(name, expected, found));
  }

  private String type(int at) {
    return new String(file, at, 4, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
  }

  private boolean is(int at, String type) {
    for (int i = 0; i < 4; i++) {
      if (file[at + i] != type.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Chunks are padded to an even length. */
  private static int next(int at, int length) {
    return at + HEADER + length + (length & 1);
  }

  private int unsigned24(int at) {
    return (file[at] & 0xff) | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16;
  }
}

package dev.loupe.vision.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the frames of a GIF lie, and the file reduced to what decoding needs.
 *
 * <p>Comments, texts and application data are left out of the reduced file: the reader collects
 * their blocks in a time that grows with the square of their number. As in Pillow, what is no block
 * is stepped over. Source: GIF89a.
 */
final class GifBlocks {

  /**
   * A frame.
   *
   * @param millis how long it asks to be shown
   * @param disposal 2: its place is cleared afterwards, 3: what was there comes back
   */
  record Frame(int left, int top, int width, int height, int millis, int disposal) {}

  static final int TO_BACKGROUND = 2;
  static final int TO_PREVIOUS = 3;

  private static final int HEADER_BYTES = 13;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int DESCRIPTOR_BYTES = 10;
  private static final int TABLE_FLAG = 0x80;

  private final byte[] file;
  private final String name;
  private final ByteArrayOutputStream reduced;
  private final List<Frame> frames = new ArrayList<>();
  private int at = HEADER_BYTES;

  /** Where the last graphic control extension begins; negative without one. */
  private int control = -1;

  private GifBlocks(byte[] file, String name) {
    this.file = file;
    this.name = name;
    this.reduced = new ByteArrayOutputStream(file.length + 1);
  }

  /**
   * Reads the blocks of a file.
   *
   * @param most how many frames are of interest
   * @throws ImageFormatException if there is no frame, or a part of one
   */
  static GifBlocks read(byte[] file, String name, int most) throws ImageFormatException {
    GifBlocks blocks = new GifBlocks(file, name);
    if (file.length >= HEADER_BYTES) {
      blocks.readAll(most);
    }
    if (blocks.frames.isEmpty()) {
      throw new ImageFormatException(
          "%s: expected a GIF of at least one frame, found none in %d bytes; copy the file again"
              .formatted(name, file.length));
    }
    return blocks;
  }

  List<Frame> frames() {
    return List.copyOf(frames);
  }

  /** Header, palette, and the frames with their graphic control extensions. */
  byte[] reduced() {
    return reduced.toByteArray();
  }

  /** Pixels in a row of the screen, which holds all frames. */
  int width() {
    int widest = frames.stream().mapToInt(f -> f.left + f.width).max().orElse(0);
    return Math.max(GifPicture.unsigned16(file, 6), widest);
  }

  /** Rows of the screen. */
  int height() {
    int lowest = frames.stream().mapToInt(f -> f.top + f.height).max().orElse(0);
    return Math.max(GifPicture.unsigned16(file, 8), lowest);
  }

  private void readAll(int most) throws ImageFormatException {
    at += tableBytes(file[10]);
    at = Math.min(at, file.length);
    reduced.write(file, 0, at);
    while (at < file.length && frames.size() < most) {
      int block = file[at] & 0xff;
      if (block == TRAILER) {
        break;
      }
      switch (block) {
        case EXTENSION -> extension();
        case IMAGE -> image();
        default -> at++;
      }
    }
    if (at < file.length) {
      reduced.write(TRAILER);
    }
  }

  private void extension() {
    if (at + 1 < file.length && (file[at + 1] & 0xff) == GRAPHIC_CONTROL) {
      control = at;
    }
    at += 2;
    skipSubBlocks();
  }

  private void image() throws ImageFormatException {
    int start = at;
    if (start + DESCRIPTOR_BYTES > file.length) {
      throw cutShort();
    }
    frames.add(frame(start));
    if (hasControl()) {
      reduced.write(file, control, 7);
      reduced.write(0);
    }
    control = -1;
    // The table, and the least code size.
    at += DESCRIPTOR_BYTES + tableBytes(file[start + DESCRIPTOR_BYTES - 1]) + 1;
    boolean whole = skipSubBlocks();
    reduced.write(file, start, at - start);
    // Of the first frame the decoder may need no more.
    if (!whole && frames.size() > 1) {
      throw cutShort();
    }
  }

  private Frame frame(int start) {
    int flags = hasControl() ? file[control + 3] : 0;
    return new Frame(
        GifPicture.unsigned16(file, start + 1),
        GifPicture.unsigned16(file, start + 3),
        GifPicture.unsigned16(file, start + 5),
        GifPicture.unsigned16(file, start + 7),
        hasControl() ? 10 * GifPicture.unsigned16(file, control + 4) : 0,
        flags >> 2 & 7);
  }

  /** A graphic control extension has one block of 4 bytes. */
  private boolean hasControl() {
    return control >= 0 && control + 7 <= file.length && file[control + 2] == 4;
  }

  /** Whether the block that ends them is there. */
  private boolean skipSubBlocks() {
    while (at < file.length && file[at] != 0) {
      at += 1 + (file[at] & 0xff);
    }
    boolean ended = at < file.length;
    at = Math.min(at + 1, file.length);
    return ended;
  }

  private ImageFormatException cutShort() {
    return new ImageFormatException(
        "%s: expected a whole frame %d of a GIF, found the end of the file; copy it again"
            .formatted(name, frames.size()));
  }

  private static int tableBytes(int flags) {
    return (flags & TABLE_FLAG) == 0 ? 0 : RgbImage.CHANNELS << (flags & 7) + 1;
  }
}

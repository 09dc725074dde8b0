package dev.loupe.vision.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The first page of a TIFF file: its sizes, checked before anything is decoded, its orientation,
 * and the file reduced to what decoding needs.
 *
 * <p>The reduced file is the file with another directory at its end. That holds only the fields
 * that decoding needs: no profile, no other directory, and no strip that claims more bytes than
 * there are, for which the reader would take memory. Source: TIFF 6.0 and its technical notes.
 */
final class TiffPage {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS_PER_SAMPLE = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTE_COUNTS = 279;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTE_COUNTS = 325;
  private static final int JPEG_FILE = 513;
  private static final int JPEG_FILE_BYTES = 514;
  private static final int XMP = 700;

  /** CIE Lab, and its two variants that follow. */
  private static final int LAB = 8;

  private static final int OLD_JPEG = 6;
  private static final int JPEG = 7;

  /** What decoding needs, in the order of TIFF 6.0: baseline, codings, tiles, samples, JPEG. */
  private static final Set<Integer> NEEDED =
      Set.of(
          WIDTH,
          HEIGHT,
          BITS_PER_SAMPLE,
          COMPRESSION,
          262,
          266,
          STRIP_OFFSETS,
          SAMPLES_PER_PIXEL,
          ROWS_PER_STRIP,
          STRIP_BYTE_COUNTS,
          284,
          292,
          293,
          317,
          320,
          TILE_WIDTH,
          TILE_HEIGHT,
          TILE_OFFSETS,
          TILE_BYTE_COUNTS,
          332,
          338,
          339,
          347,
          512,
          JPEG_FILE,
          JPEG_FILE_BYTES,
          515,
          519,
          520,
          521,
          529,
          530,
          531,
          532);

  private static final int HEADER_BYTES = 8;
  private static final int ENTRY_BYTES = 12;
  private static final int INLINE_BYTES = 4;
  private static final int MOST_SAMPLES = 4;
  private static final int MOST_BITS = 64;

  private final byte[] file;
  private final String name;
  private final ByteOrder order;
  private final int offset;
  private final TiffDirectory directory;

  private TiffPage(byte[] file, String name) throws ImageFormatException {
    this.file = file;
    this.name = name;
    this.order = file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    if (file.length < HEADER_BYTES) {
      throw new ImageFormatException(
          "%s: expected a TIFF header of 8 bytes, found %d; the file is cut short, copy it again"
              .formatted(name, file.length));
    }
    this.offset = ByteBuffer.wrap(file).order(order).getInt(4);
    this.directory = TiffDirectory.readAll(file, order, offset);
  }

  /** Reads the first directory. */
  static TiffPage read(byte[] file, String name) throws ImageFormatException {
    return new TiffPage(file, name);
  }

  ExifOrientation orientation() {
    TiffDirectory asPillow = TiffDirectory.read(file, order, offset);
    byte[] xmp =
        asPillow
            .field(XMP)
            .filter(field ->
                field.type() == TiffDirectory.BYTE || field.type() == TiffDirectory.UNDEFINED)
            .map(field -> Arrays.copyOfRange(file, field.at(), field.at() + field.bytes()))
            .orElse(new byte[0]);
    return OrientationTag.read(asPillow, xmp);
  }

  /**
   * Refuses what would take more memory or time than the limit allows: page, tiles, samples, and
   * JPEG pictures within.
   */
  void check(PixelLimit limit, Deadline deadline) throws ImageFormatException {
    for (int tag : directory.broken()) {
      if (NEEDED.contains(tag)) {
        throw damaged("values of field %d within the file".formatted(tag), "them beyond its end");
      }
    }
    int width = number(WIDTH, 0);
    int height = number(HEIGHT, 0);
    limit.check(name, width, height);
    checkSamples();
    if (directory.field(TILE_WIDTH).isPresent() || directory.field(TILE_HEIGHT).isPresent()) {
      int tileWidth = number(TILE_WIDTH, width);
      int tileHeight = number(TILE_HEIGHT, height);
      limit.check(name + ", a tile of it", tileWidth, tileHeight);
    } else if (directory.field(ROWS_PER_STRIP).isPresent() && number(ROWS_PER_STRIP, 1) < 1) {
      throw damaged("at least 1 row in a strip", "0");
    }
    int compression = number(COMPRESSION, 1);
    if (compression == JPEG || compression == OLD_JPEG) {
      for (int offset : offsets()) {
        JpegMarkers.checkFrames(file, offset, name, limit, deadline);
      }
      JpegMarkers.checkFrames(file, number(JPEG_FILE, file.length), name, limit, deadline);
    }
  }

  private void checkSamples() throws ImageFormatException {
    int samples = number(SAMPLES_PER_PIXEL, 1);
    Optional<TiffDirectory.Field> bits = directory.field(BITS_PER_SAMPLE);
    long all = 0;
    for (int i = 0; i < Math.min(samples, MOST_SAMPLES); i++) {
      int index = i;
      all += bits.map(f -> directory.integer(f, Math.min(index, f.count() - 1))).orElse(1L);
    }
    if (samples < 1 || samples > MOST_SAMPLES || all > MOST_BITS) {
      throw new ImageFormatException(
          "%s: expected 1 to %d samples in a pixel and at most %d bits, found %d and %d; save the"
                  .formatted(name, MOST_SAMPLES, MOST_BITS, samples, all)
              + " picture as PNG or JPEG");
    }
    int photometric = number(PHOTOMETRIC, 1);
    if (photometric >= LAB && photometric <= LAB + 2) {
      throw new ImageFormatException(
          "%s: expected gray, RGB, CMYK or indexed samples, found Lab (photometric interpretation"
                  .formatted(name)
              + " %d); save the picture as PNG or JPEG".formatted(photometric));
    }
  }

  private List<Integer> offsets() {
    List<Integer> offsets = new ArrayList<>();
    for (int tag : new int[] {STRIP_OFFSETS, TILE_OFFSETS}) {
      Optional<TiffDirectory.Field> field = directory.field(tag);
      for (int i = 0; field.isPresent() && i < field.get().count(); i++) {
        offsets.add(Math.clamp(directory.integer(field.get(), i), 0, file.length));
      }
    }
    return offsets;
  }

  /** The file, with another directory. */
  byte[] reduced() {
    List<TiffDirectory.Field> kept =
        directory.fields().stream().filter(field -> NEEDED.contains(field.tag())).toList();
    long counts =
        kept.stream().filter(TiffPage::countsBytes).mapToLong(TiffDirectory.Field::count).sum();
    int at = file.length + (file.length & 1);
    int directoryBytes = Short.BYTES + kept.size() * ENTRY_BYTES + Integer.BYTES;
    int size = Math.toIntExact(at + directoryBytes + counts * Integer.BYTES);
    ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(file, size)).order(order);
    out.putInt(4, at);
    out.position(at).putShort((short) kept.size());
    int values = at + directoryBytes;
    for (TiffDirectory.Field field : kept) {
      out.putShort((short) field.tag());
      if (countsBytes(field)) {
        out.putShort((short) TiffDirectory.LONG).putInt(field.count());
        boolean inline = field.count() == 1;
        out.putInt(inline ? bytesWithin(field, 0) : values);
        for (int i = 0; !inline && i < field.count(); i++, values += Integer.BYTES) {
          out.putInt(values, bytesWithin(field, i));
        }
      } else {
        out.putShort((short) field.type()).putInt(field.count());
        if (field.bytes() > INLINE_BYTES) {
          out.putInt(field.at());
        } else {
          out.put(Arrays.copyOfRange(file, field.at(), field.at() + INLINE_BYTES));
        }
      }
    }
    return out.array();
  }

  private static boolean countsBytes(TiffDirectory.Field field) {
    return switch (field.tag()) {
      case STRIP_BYTE_COUNTS, TILE_BYTE_COUNTS, JPEG_FILE_BYTES -> true;
      default -> false;
    };
  }

  /** The bytes of a strip or tile that the file has. */
  private int bytesWithin(TiffDirectory.Field counts, int index) {
    int offsetTag =
        switch (counts.tag()) {
          case STRIP_BYTE_COUNTS -> STRIP_OFFSETS;
          case TILE_BYTE_COUNTS -> TILE_OFFSETS;
          default -> JPEG_FILE;
        };
    long offset =
        directory
            .field(offsetTag)
            .filter(field -> index < field.count())
            .map(field -> directory.integer(field, index))
            .orElse(0L);
    long most = Math.max(0, file.length - Math.max(0, offset));
    return (int) Math.clamp(directory.integer(counts, index), 0, most);
  }

  /** The first value of a field, as far as it fits. */
  private int number(int tag, int otherwise) {
    return directory
        .field(tag)
        .flatMap(directory::wholeNumber)
        .map(value -> Math.clamp(value, -1, Integer.MAX_VALUE))
        .orElse(otherwise);
  }

  private ImageFormatException damaged(String expected, String found) {
    return new ImageFormatException(
        "%s: expected %s in TIFF, found %s; the file is damaged, copy it again"
            .formatted(name, expected, found));
  }
}

package dev.loupe.vision.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTE_COUNTS = 279;
  private static final int PLANAR = 284;
  private static final int PREDICTOR = 317;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTE_COUNTS = 325;
  private static final int JPEG_FILE = 513;
  private static final int JPEG_FILE_BYTES = 514;
  private static final int XMP = 700;

  /** CIE Lab, and its two variants that follow. */
  private static final int LAB = 8;

  private static final int YCBCR = 6;

  private static final int LZW = 5;
  private static final int DEFLATE = 8;
  private static final int OLD_DEFLATE = 32946;
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
  private static final int MOST_BITS = 16;

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
    if (isTiled()) {
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
    boolean few = samples >= 1 && samples <= MOST_SAMPLES;
    int[] bits = few ? bits() : new int[0];
    // The reader makes a table of all levels of odd depths.
    boolean depths =
        Arrays.stream(bits).allMatch(b -> b >= 1 && b <= MOST_BITS || b == bits[0] && b % 32 == 0);
    if (!few || !depths || Arrays.stream(bits).asLongStream().sum() > MOST_BITS * MOST_SAMPLES) {
      throw new ImageFormatException(
          "%s: expected 1 to %d samples in a pixel, of at most %d bits, found %d of %s; save the"
                  .formatted(name, MOST_SAMPLES, MOST_BITS, samples, Arrays.toString(bits))
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

  /**
   * The file, with another directory; strips and tiles of LZW and Deflate are unpacked.
   *
   * @throws IOException if their data are damaged
   */
  byte[] reduced(Deadline deadline) throws IOException {
    Map<Integer, int[]> changed = new HashMap<>();
    for (TiffDirectory.Field field : directory.fields()) {
      if (countsBytes(field)) {
        int[] counts = new int[field.count()];
        Arrays.setAll(counts, i -> bytesWithin(field, i));
        changed.put(field.tag(), counts);
      }
    }
    int at = file.length + (file.length & 1);
    byte[] unpacked = unpack(changed, at, deadline);
    List<TiffDirectory.Field> kept =
        directory.fields().stream()
            .filter(field -> NEEDED.contains(field.tag()))
            .filter(field -> unpacked.length == 0 || !ofPacking(field))
            .toList();
    int start = at + unpacked.length + (unpacked.length & 1);
    int values = start + Short.BYTES + kept.size() * ENTRY_BYTES + Integer.BYTES;
    long size =
        values + changed.values().stream().mapToLong(v -> (long) v.length * Integer.BYTES).sum();
    ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(file, Math.toIntExact(size))).order(order);
    out.put(at, unpacked).putInt(4, start);
    out.position(start).putShort((short) kept.size());
    for (TiffDirectory.Field field : kept) {
      out.putShort((short) field.tag());
      int[] numbers = changed.get(field.tag());
      if (numbers == null) {
        out.putShort((short) field.type()).putInt(field.count());
        if (field.bytes() > INLINE_BYTES) {
          out.putInt(field.at());
        } else {
          out.put(Arrays.copyOfRange(file, field.at(), field.at() + INLINE_BYTES));
        }
        continue;
      }
      out.putShort((short) TiffDirectory.LONG).putInt(numbers.length);
      out.putInt(numbers.length == 1 ? numbers[0] : values);
      for (int i = 0; numbers.length > 1 && i < numbers.length; i++, values += Integer.BYTES) {
        out.putInt(values, numbers[i]);
      }
    }
    return out.array();
  }

  private static boolean ofPacking(TiffDirectory.Field field) {
    return field.tag() == COMPRESSION || field.tag() == PREDICTOR || field.tag() == FILL_ORDER;
  }

  /**
   * Unpacks strips or tiles.
   *
   * @param changed gets their new offsets and sizes
   * @param at where they will lie in the reduced file
   * @return nothing if the page has another packing
   */
  private byte[] unpack(Map<Integer, int[]> changed, int at, Deadline deadline) throws IOException {
    int compression = number(COMPRESSION, 1);
    boolean deflate = compression == DEFLATE || compression == OLD_DEFLATE;
    int predictor = number(PREDICTOR, 1);
    int[] bits = bits();
    boolean bytes = Arrays.stream(bits).allMatch(b -> b == Byte.SIZE);
    if (!deflate && compression != LZW || predictor != 1 && (predictor != 2 || !bytes)) {
      return new byte[0];
    }
    if (number(PHOTOMETRIC, 1) == YCBCR) {
      throw new ImageFormatException(
          "%s: expected JPEG or no compression for luma and chroma in TIFF, found compression %d;"
                  .formatted(name, compression)
              + " save the picture as PNG");
    }
    boolean tiled = isTiled();
    Grid grid = grid(tiled);
    boolean planar = number(PLANAR, 1) == 2 && bits.length > 1;
    int planes = planar ? bits.length : 1;
    int rowBits = planar ? bits[0] : Arrays.stream(bits).sum();
    long rowBytes = ((long) grid.width * rowBits + 7) / 8;
    int count = Math.toIntExact((long) grid.across * grid.down * planes);
    TiffDirectory.Field offsets = required(tiled ? TILE_OFFSETS : STRIP_OFFSETS, count);
    int countsTag = tiled ? TILE_BYTE_COUNTS : STRIP_BYTE_COUNTS;
    int[] sizes = changed.get(required(countsTag, count).tag());
    int[] starts = new int[count];
    int[] lengths = new int[count];
    long all = 0;
    for (int i = 0; i < count; i++) {
      starts[i] = Math.toIntExact(at + all);
      lengths[i] = Math.toIntExact(rowBytes * grid.rows(i / grid.across % grid.down));
      all += lengths[i];
    }
    byte[] samples = new byte[Math.toIntExact(all)];
    for (int i = 0; i < count; i++) {
      int from = Math.clamp(directory.integer(offsets, i), 0, file.length);
      int to = starts[i] - at;
      if (deflate) {
        TiffUnpacking.inflate(file, from, sizes[i], samples, to, lengths[i], deadline);
      } else {
        boolean lowestFirst = number(FILL_ORDER, 1) == 2;
        TiffUnpacking.unpackLzw(
            file, from, sizes[i], lowestFirst, samples, to, lengths[i], deadline);
      }
      if (predictor == 2) {
        int rows = lengths[i] / (int) rowBytes;
        TiffUnpacking.undoDifferences(samples, to, (int) rowBytes, rows, planar ? 1 : bits.length);
      }
    }
    changed.put(offsets.tag(), starts);
    changed.put(countsTag, lengths);
    return samples;
  }

  /**
   * How strips or tiles lie on the page.
   *
   * @param last rows of the last one from the top
   */
  private record Grid(int width, int height, int across, int down, int last) {
    int rows(int row) {
      return row == down - 1 ? last : height;
    }
  }

  private Grid grid(boolean tiled) {
    int width = number(WIDTH, 0);
    int height = number(HEIGHT, 0);
    if (tiled) {
      int tileWidth = number(TILE_WIDTH, width);
      int tileHeight = number(TILE_HEIGHT, height);
      int across = Math.ceilDiv(width, tileWidth);
      return new Grid(tileWidth, tileHeight, across, Math.ceilDiv(height, tileHeight), tileHeight);
    }
    int rows = Math.min(height, number(ROWS_PER_STRIP, height));
    int down = Math.ceilDiv(height, rows);
    return new Grid(width, rows, 1, down, height - (down - 1) * rows);
  }

  private boolean isTiled() {
    return directory.field(TILE_WIDTH).isPresent() || directory.field(TILE_HEIGHT).isPresent();
  }

  private TiffDirectory.Field required(int tag, int count) throws ImageFormatException {
    Optional<TiffDirectory.Field> field = directory.field(tag);
    int found = field.map(TiffDirectory.Field::count).orElse(0);
    if (found < count) {
      throw damaged("%d values of field %d".formatted(count, tag), Integer.toString(found));
    }
    return field.get();
  }

  private int[] bits() {
    int[] bits = new int[number(SAMPLES_PER_PIXEL, 1)];
    Optional<TiffDirectory.Field> field = directory.field(BITS_PER_SAMPLE);
    Arrays.setAll(
        bits,
        i -> field.map(f -> (int) directory.integer(f, Math.min(i, f.count() - 1))).orElse(1));
    return bits;
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

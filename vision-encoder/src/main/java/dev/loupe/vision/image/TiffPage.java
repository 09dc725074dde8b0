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
  /** What decoding needs, in the order of TIFF 6.0: baseline, codings, tiles, samples, JPEG. */
  private static final Set<Integer> NEEDED =
      Set.of(
          TiffTag.WIDTH,
          TiffTag.HEIGHT,
          TiffTag.BITS_PER_SAMPLE,
          TiffTag.COMPRESSION,
          TiffTag.PHOTOMETRIC,
          TiffTag.FILL_ORDER,
          TiffTag.STRIP_OFFSETS,
          TiffTag.SAMPLES_PER_PIXEL,
          TiffTag.ROWS_PER_STRIP,
          TiffTag.STRIP_BYTE_COUNTS,
          TiffTag.PLANAR,
          292,
          293,
          TiffTag.PREDICTOR,
          320,
          TiffTag.TILE_WIDTH,
          TiffTag.TILE_HEIGHT,
          TiffTag.TILE_OFFSETS,
          TiffTag.TILE_BYTE_COUNTS,
          332,
          338,
          339,
          347,
          512,
          TiffTag.JPEG_FILE,
          TiffTag.JPEG_FILE_BYTES,
          515,
          519,
          520,
          521,
          529,
          TiffTag.YCBCR_SUBSAMPLING,
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
            .field(TiffTag.XMP)
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
    int width = directory.number(TiffTag.WIDTH, 0);
    int height = directory.number(TiffTag.HEIGHT, 0);
    limit.check(name, width, height);
    checkSamples();
    if (TiffStrips.isTiled(directory)) {
      int tileWidth = directory.number(TiffTag.TILE_WIDTH, width);
      int tileHeight = directory.number(TiffTag.TILE_HEIGHT, height);
      limit.check(name + ": a tile of it", tileWidth, tileHeight);
    } else if (directory.field(TiffTag.ROWS_PER_STRIP).isPresent()
        && directory.number(TiffTag.ROWS_PER_STRIP, 1) < 1) {
      throw damaged("at least 1 row in a strip", "0");
    }
    int compression = directory.number(TiffTag.COMPRESSION, 1);
    if (compression == TiffTag.JPEG || compression == TiffTag.OLD_JPEG) {
      for (int offset : offsets()) {
        JpegMarkers.checkFrames(file, offset, name, limit, deadline);
      }
      JpegMarkers.checkFrames(
          file, directory.number(TiffTag.JPEG_FILE, file.length), name, limit, deadline);
    }
  }

  private void checkSamples() throws ImageFormatException {
    int samples = directory.number(TiffTag.SAMPLES_PER_PIXEL, 1);
    boolean few = samples >= 1 && samples <= MOST_SAMPLES;
    int[] bits = few ? TiffStrips.bits(directory) : new int[0];
    // The reader makes a table of all levels of odd depths.
    boolean depths =
        Arrays.stream(bits).allMatch(b -> b >= 1 && b <= MOST_BITS || b == bits[0] && b % 32 == 0);
    if (!few || !depths || Arrays.stream(bits).asLongStream().sum() > MOST_BITS * MOST_SAMPLES) {
      throw new ImageFormatException(
          "%s: expected 1 to %d samples in a pixel, of at most %d bits, found %d of %s; save the"
                  .formatted(name, MOST_SAMPLES, MOST_BITS, samples, Arrays.toString(bits))
              + " picture as PNG or JPEG");
    }
    int photometric = directory.number(TiffTag.PHOTOMETRIC, 1);
    if (photometric >= TiffTag.LAB && photometric <= TiffTag.LAB + 2) {
      throw new ImageFormatException(
          "%s: expected gray, RGB, CMYK or indexed samples, found Lab (photometric interpretation"
                  .formatted(name)
              + " %d); save the picture as PNG or JPEG".formatted(photometric));
    }
  }

  private List<Integer> offsets() {
    List<Integer> offsets = new ArrayList<>();
    for (int tag : new int[] {TiffTag.STRIP_OFFSETS, TiffTag.TILE_OFFSETS}) {
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
    byte[] unpacked = new TiffStrips(file, name, directory).unpack(changed, at, deadline);
    List<TiffDirectory.Field> kept =
        directory.fields().stream()
            .filter(field -> NEEDED.contains(field.tag()))
            .filter(field -> unpacked.length == 0 || !TiffStrips.ofPacking(field))
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

  private static boolean countsBytes(TiffDirectory.Field field) {
    return switch (field.tag()) {
      case TiffTag.STRIP_BYTE_COUNTS, TiffTag.TILE_BYTE_COUNTS, TiffTag.JPEG_FILE_BYTES -> true;
      default -> false;
    };
  }

  /** The bytes of a strip or tile that the file has. */
  private int bytesWithin(TiffDirectory.Field counts, int index) {
    int offsetTag =
        switch (counts.tag()) {
          case TiffTag.STRIP_BYTE_COUNTS -> TiffTag.STRIP_OFFSETS;
          case TiffTag.TILE_BYTE_COUNTS -> TiffTag.TILE_OFFSETS;
          default -> TiffTag.JPEG_FILE;
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

  private ImageFormatException damaged(String expected, String found) {
    return new ImageFormatException(
        "%s: expected %s in TIFF, found %s; the file is damaged, copy it again"
            .formatted(name, expected, found));
  }
}

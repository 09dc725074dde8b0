package dev.loupe.vision.image;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** The strips or tiles of a TIFF page: how they lie, and their samples without packing. */
record TiffStrips(byte[] file, String name, TiffDirectory directory) {

  /** Whether a field is of no use once the strips are unpacked. */
  static boolean ofPacking(TiffDirectory.Field field) {
    return field.tag() == TiffTag.COMPRESSION
        || field.tag() == TiffTag.PREDICTOR
        || field.tag() == TiffTag.FILL_ORDER;
  }

  /**
   * Unpacks strips or tiles of LZW and Deflate.
   *
   * @param changed gets their new offsets and sizes
   * @param at where they will lie in the reduced file
   * @return nothing if the page has another packing
   */
  byte[] unpack(Map<Integer, int[]> changed, int at, Deadline deadline) throws IOException {
    int compression = directory.number(TiffTag.COMPRESSION, 1);
    boolean deflate = compression == TiffTag.DEFLATE || compression == TiffTag.OLD_DEFLATE;
    int predictor = directory.number(TiffTag.PREDICTOR, 1);
    int[] bits = bits(directory);
    boolean bytes = Arrays.stream(bits).allMatch(b -> b == Byte.SIZE);
    if (!deflate && compression != TiffTag.LZW || predictor != 1 && (predictor != 2 || !bytes)) {
      return new byte[0];
    }
    if (hasSmallerChroma()) {
      return new byte[0]; // Blocks of several pixels, which the reader unpacks itself.
    }
    boolean tiled = isTiled(directory);
    Grid grid = grid(tiled);
    boolean planar = directory.number(TiffTag.PLANAR, 1) == 2 && bits.length > 1;
    int planes = planar ? bits.length : 1;
    int rowBits = planar ? bits[0] : Arrays.stream(bits).sum();
    long rowBytes = ((long) grid.width * rowBits + 7) / 8;
    int count = Math.toIntExact((long) grid.across * grid.down * planes);
    TiffDirectory.Field offsets =
        required(tiled ? TiffTag.TILE_OFFSETS : TiffTag.STRIP_OFFSETS, count);
    int countsTag = tiled ? TiffTag.TILE_BYTE_COUNTS : TiffTag.STRIP_BYTE_COUNTS;
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
        boolean lowestFirst = directory.number(TiffTag.FILL_ORDER, 1) == 2;
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

  /** Whether luma has more samples than chroma, which it has unless a field says otherwise. */
  private boolean hasSmallerChroma() {
    if (directory.number(TiffTag.PHOTOMETRIC, 1) != TiffTag.YCBCR) {
      return false;
    }
    Optional<TiffDirectory.Field> field = directory.field(TiffTag.YCBCR_SUBSAMPLING);
    return field.isEmpty()
        || field.get().count() != 2
        || directory.integer(field.get(), 0) != 1
        || directory.integer(field.get(), 1) != 1;
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
    int width = directory.number(TiffTag.WIDTH, 0);
    int height = directory.number(TiffTag.HEIGHT, 0);
    if (tiled) {
      int tileWidth = directory.number(TiffTag.TILE_WIDTH, width);
      int tileHeight = directory.number(TiffTag.TILE_HEIGHT, height);
      int across = Math.ceilDiv(width, tileWidth);
      return new Grid(tileWidth, tileHeight, across, Math.ceilDiv(height, tileHeight), tileHeight);
    }
    int rows = Math.min(height, directory.number(TiffTag.ROWS_PER_STRIP, height));
    int down = Math.ceilDiv(height, rows);
    return new Grid(width, rows, 1, down, height - (down - 1) * rows);
  }

  static boolean isTiled(TiffDirectory directory) {
    return directory.field(TiffTag.TILE_WIDTH).isPresent()
        || directory.field(TiffTag.TILE_HEIGHT).isPresent();
  }

  private TiffDirectory.Field required(int tag, int count) throws ImageFormatException {
    Optional<TiffDirectory.Field> field = directory.field(tag);
    int found = field.map(TiffDirectory.Field::count).orElse(0);
    if (found < count) {
      throw new ImageFormatException(
          "%s: expected %d values of field %d in TIFF, found %d; the file is damaged, copy it again"
              .formatted(name, count, tag, found));
    }
    return field.get();
  }

  static int[] bits(TiffDirectory directory) {
    int[] bits = new int[directory.number(TiffTag.SAMPLES_PER_PIXEL, 1)];
    Optional<TiffDirectory.Field> field = directory.field(TiffTag.BITS_PER_SAMPLE);
    Arrays.setAll(
        bits,
        i -> field.map(f -> (int) directory.integer(f, Math.min(i, f.count() - 1))).orElse(1));
    return bits;
  }
}

package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.VectorWidth.F;
import static dev.loupe.tensor.internal.VectorWidth.I;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The matrix product with vectors: cuts C into the tiles that {@link PanelProducts} computes.
 *
 * <p>Many rows are cut into blocks. One block is multiplied with as many panels as fit the
 * second-level cache, so that A is fetched from memory once for these panels, not once for each
 * tile. A is read where it lies, and over the whole depth: laying it out by tiles first is not
 * faster, and taking some steps at a time is slower, because the hardware's prefetch then starts
 * anew more often.
 */
final class VectorMatmul {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int WIDTH = F.length();

  /** Rows of the largest tile: 24 sums want 32 registers, which 512-bit machines have. */
  private static final int MAX_ROWS = WIDTH == LANES ? 12 : 4;

  /**
   * Up to this many rows, a product waits for weights from memory, so the first tile is one that
   * reads fast enough: 5 rows by 4 panels, not 8 by 2. The second tile finds its panels in the
   * cache. With more panels than the cache holds, 8 by 2 is faster.
   */
  private static final int BATCH = 8;

  /** Rows of a block, two of the largest tiles; the last block may have nearly as many again. */
  private static final int BLOCK = 24;

  /**
   * Bytes of the panels that are multiplied with one block of rows before the next block: panels
   * and rows together fit a second-level cache of 1 MB.
   */
  private static final long CACHED_BYTES = 640 << 10;

  /** For fewer panels, rows are not cut into blocks, which would be slower. */
  private static final int MIN_CACHED = 4;

  /** Floats of scratch memory: the sums of the largest tile. */
  static final int SCRATCH =
      LANES
          * Math.max(
              MAX_ROWS * PanelProducts.TWO_PANELS,
              PanelProducts.FEW_ROWS * PanelProducts.MANY_PANELS);

  private final Rows a;
  private final PanelMatrix w;
  private final Rows c;
  private final boolean accumulate;
  private final VectorEpilogue epilogue;
  private final float[] sums;

  /**
   * One product.
   *
   * @param sums {@link #SCRATCH} floats, private to this product
   */
  VectorMatmul(
      Rows a, PanelMatrix w, Rows c, boolean accumulate, VectorEpilogue epilogue, float[] sums) {
    this.a = a;
    this.w = w;
    this.c = c;
    this.accumulate = accumulate;
    this.epilogue = epilogue;
    this.sums = sums;
  }

  /** Computes the outputs of these panels. */
  void run(PanelRange range) {
    int rows = a.count();
    int cached = cachedPanels(w);
    boolean blocks = rows >= 2 * BLOCK && cached >= MIN_CACHED;
    int panels = blocks ? cached : range.last() - range.first();
    int block = blocks ? BLOCK : rows;
    for (int panel = range.first(); panel < range.last(); panel += panels) {
      int last = Math.min(panel + panels, range.last());
      for (int row = 0; row < rows; ) {
        int height = rows - row < 2 * block ? rows - row : block;
        block(row, height, panel, last);
        row += height;
      }
    }
  }

  /** How many panels fit the second-level cache: a whole number of tiles. */
  private static int cachedPanels(PanelMatrix w) {
    long panel = Math.max(1, PanelMatrix.panelBytes(w.dtype(), w.depth()));
    return Math.toIntExact(CACHED_BYTES / panel / MIN_CACHED) * MIN_CACHED;
  }

  /** Panels of a tile. */
  private static int wide(int rows, PanelMatrix w) {
    if (w.quantised()) {
      return rows == 1 ? PanelProducts.MANY_PANELS : PanelProducts.TWO_PANELS;
    }
    boolean many = rows <= PanelProducts.FEW_ROWS || rows <= BATCH && cachedPanels(w) >= MIN_CACHED;
    return many ? PanelProducts.MANY_PANELS : PanelProducts.TWO_PANELS;
  }

  /** Some rows by some panels, two or four panels at a time. */
  private void block(int firstRow, int rows, int firstPanel, int lastPanel) {
    int wide = wide(rows, w);
    int whole = Math.min(lastPanel, w.outputs() / LANES);
    for (int panel = firstPanel; panel < lastPanel; ) {
      int panels = panel + wide <= whole ? wide : 1;
      group(firstRow, rows, panel, panels);
      panel += panels;
    }
  }

  /**
   * The height of the first tile of some rows: 12, then 8, but none that leaves a last tile of less
   * than five, in which an FMA would wait for the one before.
   */
  private static int height(int rows, int panels) {
    if (panels == PanelProducts.MANY_PANELS) {
      return Math.min(rows, PanelProducts.FEW_ROWS);
    }
    if (MAX_ROWS < 12) {
      return Math.min(rows, MAX_ROWS);
    }
    if (rows <= 8) {
      return rows;
    }
    if (rows == 12 || rows >= 17) {
      return 12;
    }
    return rows >= 13 ? 8 : (rows + 1) / 2;
  }

  /** Rows of a block by the panels of a tile. Only tiles of one row add to what C holds. */
  private void group(int firstRow, int rows, int panel, int panels) {
    int column = panel * LANES;
    int columns = Math.min(panels * LANES, w.outputs() - column);
    for (int row = 0; row < rows; ) {
      int height = accumulate ? 1 : height(rows - row, panels);
      tile(firstRow + row, height, panel, panels, column, columns);
      row += height;
    }
  }

  /** One tile: computes its sums, applies the epilogue, and writes them to C. */
  private void tile(int row, int rows, int panel, int panels, int column, int columns) {
    long to = (c.start(row) + column) * 4;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      if (accumulate) {
        load(c.segment(), to, lane, columns, sums);
      } else if (rows == 1) {
        Arrays.fill(sums, 0, panels * LANES, 0f);
      }
      multiply(a.start(row) * 4, rows, w.panelOffset(panel) + lane * 4L, panels);
      epilogue.apply(sums, rows, panels, column, columns, lane);
      if (WIDTH == LANES && columns == 2 * LANES) {
        storeTwo(sums, rows, c.segment(), to, c.stride() * 4);
      } else {
        store(panels, rows, to, lane, columns);
      }
    }
  }

  /** The lanes of one row of C that a pass adds to. */
  private static void load(MemorySegment c, long c0, int lane, int columns, float[] sums) {
    for (int n = lane; n < columns; n += LANES) {
      int lanes = Math.min(WIDTH, columns - n);
      MemorySegment.copy(c, Tensor.FLOAT, c0 + n * 4L, sums, n - lane, lanes);
    }
  }

  /**
   * The sums of a tile of two vectors, the usual one. A loop over the two would cost a dozen
   * branches a row.
   */
  private static void storeTwo(float[] sums, int rows, MemorySegment c, long c0, long cStride) {
    for (int r = 0; r < rows; r++) {
      long to = c0 + r * cStride;
      FloatVector first = FloatVector.fromArray(F, sums, 2 * LANES * r);
      FloatVector second = FloatVector.fromArray(F, sums, 2 * LANES * r + LANES);
      first.intoMemorySegment(c, to, LE);
      second.intoMemorySegment(c, to + LANES * 4, LE);
    }
  }

  /** The lanes of a tile's sums that a pass has computed; the last panel may have fewer. */
  private void store(int panels, int rows, long c0, int lane, int columns) {
    MemorySegment segment = c.segment();
    for (int r = 0; r < rows; r++) {
      int row = r * panels * LANES;
      long to = c0 + r * c.stride() * 4;
      for (int n = lane; n < columns; n += LANES) {
        if (n + WIDTH <= columns) {
          FloatVector.fromArray(F, sums, row + n - lane)
              .intoMemorySegment(segment, to + n * 4L, LE);
        } else {
          MemorySegment.copy(sums, row + n - lane, segment, Tensor.FLOAT, to + n * 4L, columns - n);
        }
      }
    }
  }

  /**
   * The sums of a tile.
   *
   * @param a0 where its first row starts, in bytes
   * @param w0 where its first panel starts, in bytes, with the lane of the pass
   */
  private void multiply(long a0, int rows, long w0, int panels) {
    MemorySegment x = a.segment();
    MemorySegment data = w.data();
    long aStride = a.stride() * 4;
    long wStride = w.panelStride();
    if (w.quantised()) {
      multiplyQuantised(a0, rows, w0, panels);
      return;
    }
    int stride = PanelProducts.stride(w.dtype());
    int steps = w.depth() / stride * stride;
    switch (w.dtype()) {
      case F32 ->
          PanelProducts.float32(rows, panels, x, a0, aStride, data, w0, wStride, steps, sums);
      case BF16 ->
          PanelProducts.bfloat16(rows, panels, x, a0, aStride, data, w0, wStride, steps, sums);
      default ->
          PanelProducts.float16(rows, panels, x, a0, aStride, data, w0, wStride, steps, sums);
    }
    if (steps < w.depth()) {
      for (int r = 0; r < rows; r++) {
        for (int p = 0; p < panels; p++) {
          int at = (r * panels + p) * LANES;
          rest(x, a0 + r * aStride, w, w0 + p * wStride, steps, sums, at);
        }
      }
    }
  }

  /** The same with quantised weights: whole runs with vectors, the rest one by one. */
  private void multiplyQuantised(long a0, int rows, long w0, int panels) {
    MemorySegment x = a.segment();
    long aStride = a.stride() * 4;
    long stride = w.panelStride();
    int runs = w.depth() / QuantisedPanels.RUN;
    int share = QuantisedPanels.sharing(w.dtype());
    QuantisedProducts.multiply(
        w.dtype(), rows, panels, x, a0, aStride, w.data(), w0, stride, runs, share, sums);
    for (int k = runs * QuantisedPanels.RUN; k < w.depth(); k++) {
      for (int r = 0; r < rows; r++) {
        float factor = x.get(Tensor.FLOAT, a0 + r * aStride + k * 4L);
        for (int p = 0; p < panels; p++) {
          int at = (r * panels + p) * LANES;
          for (int lane = 0; lane < WIDTH; lane++) {
            long from = w0 + p * stride + lane * 4L;
            float weight = QuantisedPanels.weight(w.data(), w.dtype(), from, k);
            sums[at + lane] = Math.fma(weight, factor, sums[at + lane]);
          }
        }
      }
    }
  }

  /** The last step of one row and one 16-bit panel, whose word holds it alone. */
  private static void rest(
      MemorySegment a, long a0, PanelMatrix w, long w0, int last, float[] sums, int at) {
    IntVector word = IntVector.fromMemorySegment(I, w.data(), w0 + (last >> 1) * 64L, LE);
    IntVector high = word.lanewise(VectorOperators.LSHL, 16);
    FloatVector v =
        w.dtype() == DType.BF16
            ? high.reinterpretAsFloats()
            : high.lanewise(VectorOperators.ASHR, 3)
                .and(0x8fffe000)
                .reinterpretAsFloats()
                .mul(PanelProducts.REBIAS);
    float x = a.get(Tensor.FLOAT, a0 + last * 4L);
    v.fma(FloatVector.broadcast(F, x), FloatVector.fromArray(F, sums, at)).intoArray(sums, at);
  }
}

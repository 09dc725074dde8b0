package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

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
 * <p>Many rows go in blocks past as many panels as stay in the second cache, so that A comes from
 * further away once for these and not once for each tile. A is read where it lies, and over the
 * whole depth: laying it out by tiles first measured no faster (110 of 117 GFLOP/s either way, 12
 * rows, depth 1536), and taking 512 or 1024 steps at a time slower (85 % of the peak for 256 rows,
 * not 92 %), because the hardware's prefetch then starts anew more often.
 */
final class VectorMatmul {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int WIDTH = VectorKernels.F.length();

  /** Rows of the largest tile: 24 sums want 32 registers, which 512-bit machines have. */
  private static final int MAX_ROWS = WIDTH == LANES ? 12 : 4;

  /**
   * Up to this many rows, weights are read from memory for each product, so the first tile is one
   * that keeps up with it: 5 rows by 4 panels read 33 GB/s where 8 by 2 read 20. The second tile
   * then finds its panels in the cache; where they are too many for it, 8 by 2 is faster after all
   * (depth 8960: 57 % of reading, not 48 %).
   */
  private static final int BATCH = 8;

  /** Rows of a block, two of the largest tiles; the last block may have nearly as many again. */
  private static final int BLOCK = 24;

  /**
   * Bytes of the panels that a block of rows meets before the next block comes: with the rows they
   * fit a second cache of 1 MB. On a Xeon whose third cache gives a core 16 GB/s, products of depth
   * 1280 and 1536 gain 4 to 13 %; those of depth 8960, where two panels would fit, lose 2 to 5 %.
   */
  private static final long CACHED_BYTES = 640 << 10;

  /** For fewer panels rows do not go in blocks. */
  private static final int MIN_CACHED = 4;

  /** Floats of scratch memory: the sums of the largest tile. */
  static final int SCRATCH =
      LANES
          * Math.max(
              MAX_ROWS * PanelProducts.TWO_PANELS,
              PanelProducts.FEW_ROWS * PanelProducts.MANY_PANELS);

  void run(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int firstPanel,
      int lastPanel,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      VectorEpilogue epilogue,
      float[] sums) {
    int cached = cachedPanels(w);
    boolean blocks = rows >= 2 * BLOCK && cached >= MIN_CACHED;
    int panels = blocks ? cached : lastPanel - firstPanel;
    int block = blocks ? BLOCK : rows;
    for (int panel = firstPanel; panel < lastPanel; panel += panels) {
      int last = Math.min(panel + panels, lastPanel);
      for (int row = 0; row < rows; ) {
        int height = rows - row < 2 * block ? rows - row : block;
        long from = aOffset + row * aStride;
        long to = cOffset + row * cStride;
        block(a, from, aStride, height, w, panel, last, c, to, cStride, accumulate, epilogue, sums);
        row += height;
      }
    }
  }

  /** How many panels stay in the second cache: whole tiles of them. */
  private static int cachedPanels(PanelMatrix w) {
    long panel = Math.max(1, PanelMatrix.panelBytes(w.dtype(), w.depth()));
    return Math.toIntExact(CACHED_BYTES / panel / MIN_CACHED) * MIN_CACHED;
  }

  /** Panels of a tile. */
  private static int wide(int rows, PanelMatrix w) {
    boolean many = rows <= PanelProducts.FEW_ROWS || rows <= BATCH && cachedPanels(w) >= MIN_CACHED;
    return many ? PanelProducts.MANY_PANELS : PanelProducts.TWO_PANELS;
  }

  /** Some rows by some panels, two or four panels at a time. */
  private static void block(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int firstPanel,
      int lastPanel,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      VectorEpilogue epilogue,
      float[] sums) {
    int wide = wide(rows, w);
    int whole = Math.min(lastPanel, w.outputs() / LANES);
    for (int panel = firstPanel; panel < lastPanel; ) {
      int group = panel + wide <= whole ? wide : 1;
      group(
          a,
          aOffset,
          aStride,
          rows,
          w,
          panel,
          group,
          c,
          cOffset,
          cStride,
          accumulate,
          epilogue,
          sums);
      panel += group;
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

  /** All rows by some panels. Only tiles of one row add to what C holds. */
  private static void group(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      int panels,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      VectorEpilogue epilogue,
      float[] sums) {
    int column = panel * LANES;
    int columns = Math.min(panels * LANES, w.outputs() - column);
    for (int row = 0; row < rows; ) {
      int height = accumulate ? 1 : height(rows - row, panels);
      long from = (aOffset + row * aStride) * 4;
      long to = (cOffset + row * cStride + column) * 4;
      for (int lane = 0; lane < LANES; lane += WIDTH) {
        if (accumulate) {
          load(c, to, lane, columns, sums);
        } else if (height == 1) {
          Arrays.fill(sums, 0, panels * LANES, 0f);
        }
        tile(a, from, aStride * 4, height, w, w.panelOffset(panel) + lane * 4L, panels, sums);
        epilogue.apply(sums, height, panels, column, columns, lane);
        if (WIDTH == LANES && columns == 2 * LANES) {
          storeTwo(sums, height, c, to, cStride * 4);
        } else {
          store(sums, height, panels, c, to, cStride * 4, lane, columns);
        }
      }
      row += height;
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
   * branches a row: products of depth 80 run at 60 % of the FMA peak with it, at 63 % so.
   */
  private static void storeTwo(float[] sums, int rows, MemorySegment c, long c0, long cStride) {
    for (int r = 0; r < rows; r++) {
      long to = c0 + r * cStride;
      FloatVector first = FloatVector.fromArray(VectorKernels.F, sums, 2 * LANES * r);
      FloatVector second = FloatVector.fromArray(VectorKernels.F, sums, 2 * LANES * r + LANES);
      first.intoMemorySegment(c, to, LE);
      second.intoMemorySegment(c, to + LANES * 4, LE);
    }
  }

  /** The lanes of a tile's sums that a pass has computed; the last panel may have fewer. */
  private static void store(
      float[] sums,
      int rows,
      int panels,
      MemorySegment c,
      long c0,
      long cStride,
      int lane,
      int columns) {
    for (int r = 0; r < rows; r++) {
      int row = r * panels * LANES;
      long to = c0 + r * cStride;
      for (int n = lane; n < columns; n += LANES) {
        if (n + WIDTH <= columns) {
          FloatVector.fromArray(VectorKernels.F, sums, row + n - lane)
              .intoMemorySegment(c, to + n * 4L, LE);
        } else {
          MemorySegment.copy(sums, row + n - lane, c, Tensor.FLOAT, to + n * 4L, columns - n);
        }
      }
    }
  }

  private static void tile(
      MemorySegment a,
      long a0,
      long aStride,
      int rows,
      PanelMatrix w,
      long w0,
      int panels,
      float[] sums) {
    MemorySegment data = w.data();
    long wStride = w.panelStride();
    int stride = PanelProducts.stride(w.dtype());
    int steps = w.depth() / stride * stride;
    switch (w.dtype()) {
      case F32 ->
          PanelProducts.float32(rows, panels, a, a0, aStride, data, w0, wStride, steps, sums);
      case BF16 ->
          PanelProducts.bfloat16(rows, panels, a, a0, aStride, data, w0, wStride, steps, sums);
      default ->
          PanelProducts.float16(rows, panels, a, a0, aStride, data, w0, wStride, steps, sums);
    }
    if (steps < w.depth()) {
      for (int r = 0; r < rows; r++) {
        for (int p = 0; p < panels; p++) {
          int at = (r * panels + p) * LANES;
          rest(a, a0 + r * aStride, w, w0 + p * wStride, steps, sums, at);
        }
      }
    }
  }

  /** The last step of one row and one 16-bit panel, whose word holds it alone. */
  private static void rest(
      MemorySegment a, long a0, PanelMatrix w, long w0, int last, float[] sums, int at) {
    IntVector word =
        IntVector.fromMemorySegment(VectorKernels.I, w.data(), w0 + (last >> 1) * 64L, LE);
    IntVector high = word.lanewise(VectorOperators.LSHL, 16);
    FloatVector v =
        w.dtype() == DType.BF16
            ? high.reinterpretAsFloats()
            : high.lanewise(VectorOperators.ASHR, 3)
                .and(0x8fffe000)
                .reinterpretAsFloats()
                .mul(PanelProducts.REBIAS);
    float x = a.get(Tensor.FLOAT, a0 + last * 4L);
    v.fma(
            FloatVector.broadcast(VectorKernels.F, x),
            FloatVector.fromArray(VectorKernels.F, sums, at))
        .intoArray(sums, at);
  }
}

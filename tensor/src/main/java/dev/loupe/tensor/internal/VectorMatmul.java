package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
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
   * then finds its panels in the cache.
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

  /** Floats of scratch memory: a tile of the last panel, where C has no room for all its lanes. */
  static final int SCRATCH = MAX_ROWS * LANES;

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
      MemorySegment scratch) {
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
        block(a, from, aStride, height, w, panel, last, c, to, cStride, accumulate, scratch);
        row += height;
      }
    }
  }

  /** How many panels stay in the second cache: whole tiles of them. */
  private static int cachedPanels(PanelMatrix w) {
    long panel = Math.max(1, PanelMatrix.panelBytes(w.dtype(), w.depth()));
    return Math.toIntExact(CACHED_BYTES / panel / MIN_CACHED) * MIN_CACHED;
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
      MemorySegment scratch) {
    int wide = rows <= BATCH ? PanelProducts.MANY_PANELS : PanelProducts.TWO_PANELS;
    int whole = Math.min(lastPanel, w.outputs() / LANES);
    for (int panel = firstPanel; panel < lastPanel; ) {
      int group = panel + wide <= whole ? wide : 1;
      long out = (cOffset + (long) panel * LANES) * 4;
      if (panel < whole) {
        group(a, aOffset * 4, aStride * 4, rows, w, panel, group, c, out, cStride * 4, accumulate);
      } else {
        for (int row = 0; row < rows; ) {
          int height = height(rows - row);
          long at = (aOffset + row * aStride) * 4;
          long edge = out + row * cStride * 4;
          edge(a, at, aStride * 4, height, w, panel, c, edge, cStride * 4, accumulate, scratch);
          row += height;
        }
      }
      panel += group;
    }
  }

  /**
   * The height of the first tile of many rows: 12, then 8, but none that leaves a last tile of less
   * than five, in which an FMA would wait for the one before.
   */
  private static int height(int rows) {
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

  /** The last panel of a matrix whose outputs are no multiple of 16: through scratch memory. */
  private static void edge(
      MemorySegment a,
      long a0,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      MemorySegment c,
      long c0,
      long cStride,
      boolean accumulate,
      MemorySegment scratch) {
    long bytes = (w.outputs() - panel * LANES) * 4L;
    long stride = LANES * 4L;
    if (accumulate) {
      for (int r = 0; r < rows; r++) {
        MemorySegment.copy(c, c0 + r * cStride, scratch, r * stride, bytes);
      }
    }
    group(a, a0, aStride, rows, w, panel, 1, scratch, 0, stride, accumulate);
    for (int r = 0; r < rows; r++) {
      MemorySegment.copy(scratch, r * stride, c, c0 + r * cStride, bytes);
    }
  }

  /** All rows by some whole panels. Only tiles of one row add to what C holds. */
  private static void group(
      MemorySegment a,
      long a0,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      int panels,
      MemorySegment c,
      long c0,
      long cStride,
      boolean accumulate) {
    for (int row = 0; row < rows; ) {
      int height = accumulate ? 1 : groupHeight(rows, row);
      if (height == 1 && !accumulate) {
        clear(c, c0 + row * cStride, panels);
      }
      for (int lane = 0; lane < LANES; lane += WIDTH) {
        long at = a0 + row * aStride;
        long wl = w.panelOffset(panel) + lane * 4L;
        long cl = c0 + row * cStride + lane * 4L;
        tile(a, at, aStride, height, w, wl, panels, c, cl, cStride);
      }
      row += height;
    }
  }

  private static int groupHeight(int rows, int row) {
    return rows <= BATCH ? Math.min(rows - row, PanelProducts.FEW_ROWS) : height(rows - row);
  }

  private static void clear(MemorySegment c, long c0, int panels) {
    for (long i = 0; i < panels * 64L; i += WIDTH * 4L) {
      FloatVector.zero(VectorKernels.F).intoMemorySegment(c, c0 + i, LE);
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
      MemorySegment c,
      long c0,
      long cStride) {
    MemorySegment data = w.data();
    long stride = w.panelStride();
    int unrolled = PanelProducts.unrolled(w.dtype(), rows);
    int steps = w.depth() / unrolled * unrolled;
    switch (w.dtype()) {
      case F32 ->
          PanelProducts.float32(
              rows, panels, a, a0, aStride, data, w0, stride, steps, c, c0, cStride);
      case BF16 ->
          PanelProducts.bfloat16(
              rows, panels, a, a0, aStride, data, w0, stride, steps, c, c0, cStride);
      default ->
          PanelProducts.float16(
              rows, panels, a, a0, aStride, data, w0, stride, steps, c, c0, cStride);
    }
    if (steps < w.depth()) {
      for (int r = 0; r < rows; r++) {
        for (int p = 0; p < panels; p++) {
          long out = c0 + r * cStride + p * 64L;
          rest(a, a0 + r * aStride, w, w0 + p * stride, steps, c, out);
        }
      }
    }
  }

  /** The last steps, fewer than four, of one row and one 16-bit panel. */
  private static void rest(
      MemorySegment a, long a0, PanelMatrix w, long w0, int first, MemorySegment c, long c0) {
    FloatVector s = FloatVector.fromMemorySegment(VectorKernels.F, c, c0, LE);
    for (int k = first; k < w.depth(); k++) {
      IntVector word =
          IntVector.fromMemorySegment(VectorKernels.I, w.data(), w0 + (k >> 1) * 64L, LE);
      IntVector high = (k & 1) == 0 ? word.lanewise(VectorOperators.LSHL, 16) : word;
      FloatVector v =
          w.dtype() == DType.BF16
              ? high.and(0xffff0000).reinterpretAsFloats()
              : high.lanewise(VectorOperators.ASHR, 3)
                  .and(0x8fffe000)
                  .reinterpretAsFloats()
                  .mul(PanelProducts.REBIAS);
      s = v.fma(FloatVector.broadcast(VectorKernels.F, a.get(Tensor.FLOAT, a0 + k * 4L)), s);
    }
    s.intoMemorySegment(c, c0, LE);
  }
}

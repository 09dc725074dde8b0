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
 * <p>Rows are cut into blocks of nearly equal size, so that no tile is much smaller than the others
 * (13 rows are 7 and 6, not 12 and 1). A group of panels stays in the second cache while all blocks
 * of rows pass it. A is read where it lies: with one fused multiply-add a cycle, laying it out by
 * tiles first measured no faster (110 of 117 GFLOP/s either way, 12 rows, depth 1536).
 */
final class VectorMatmul {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int WIDTH = VectorKernels.F.length();

  /** Rows of the largest tile: 24 sums want 32 registers, which 512-bit machines have. */
  private static final int MAX_ROWS = WIDTH == LANES ? 12 : 6;

  /** Floats of scratch memory: a tile of the last panel, where C has no room for all its lanes. */
  static final int SCRATCH = MAX_ROWS * LANES;

  /** float16 bits, shifted into float32's fields, lack an exponent bias of 112. */
  private static final float REBIAS = 0x1p112f;

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
    if (rows == 0) {
      return;
    }
    int blocks = (rows + MAX_ROWS - 1) / MAX_ROWS;
    int wide = PanelProducts.panels((rows + blocks - 1) / blocks);
    int whole = Math.min(lastPanel, w.outputs() / LANES);
    for (int panel = firstPanel; panel < lastPanel; ) {
      int group = panel + wide <= whole ? wide : 1;
      for (int block = 0; block < blocks; block++) {
        int row = (int) ((long) rows * block / blocks);
        int count = (int) ((long) rows * (block + 1) / blocks) - row;
        long at = (aOffset + row * aStride) * 4;
        long out = (cOffset + row * cStride + (long) panel * LANES) * 4;
        if (panel < whole) {
          tile(a, at, aStride * 4, count, w, panel, group, c, out, cStride * 4, accumulate);
        } else {
          edge(a, at, aStride * 4, count, w, panel, c, out, cStride * 4, accumulate, scratch);
        }
      }
      panel += group;
    }
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
    tile(a, a0, aStride, rows, w, panel, 1, scratch, 0, stride, accumulate);
    for (int r = 0; r < rows; r++) {
      MemorySegment.copy(scratch, r * stride, c, c0 + r * cStride, bytes);
    }
  }

  /** Some rows by one or {@link PanelProducts#panels} whole panels. */
  private static void tile(
      MemorySegment a,
      long a0,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      int group,
      MemorySegment c,
      long c0,
      long cStride,
      boolean accumulate) {
    int steps = w.depth() / unroll(w.dtype(), rows) * unroll(w.dtype(), rows);
    boolean wide = group > 1;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      long wl = w.panelOffset(panel) + lane * 4L;
      long cl = c0 + lane * 4L;
      MemorySegment data = w.data();
      long stride = w.panelStride();
      switch (w.dtype()) {
        case F32 ->
            PanelProducts.float32(
                rows, wide, a, a0, aStride, data, wl, stride, steps, c, cl, cStride, accumulate);
        case BF16 ->
            PanelProducts.bfloat16(
                rows, wide, a, a0, aStride, data, wl, stride, steps, c, cl, cStride, accumulate);
        default ->
            PanelProducts.float16(
                rows, wide, a, a0, aStride, data, wl, stride, steps, c, cl, cStride, accumulate);
      }
      if (steps < w.depth()) {
        for (int r = 0; r < rows; r++) {
          for (int p = 0; p < group; p++) {
            long row = a0 + r * aStride;
            long out = cl + r * cStride + p * 64L;
            rest(a, row, w, wl + p * stride, steps, c, out, accumulate || steps > 0);
          }
        }
      }
    }
  }

  private static int unroll(DType weights, int rows) {
    return PanelProducts.unrolled(weights, rows);
  }

  /** The steps from {@code first} on, fewer than four, of one row and one 16-bit panel. */
  private static void rest(
      MemorySegment a,
      long a0,
      PanelMatrix w,
      long w0,
      int first,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    FloatVector s =
        accumulate
            ? FloatVector.fromMemorySegment(VectorKernels.F, c, c0, LE)
            : FloatVector.zero(VectorKernels.F);
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
                  .mul(REBIAS);
      s = v.fma(FloatVector.broadcast(VectorKernels.F, a.get(Tensor.FLOAT, a0 + k * 4L)), s);
    }
    s.intoMemorySegment(c, c0, LE);
  }
}

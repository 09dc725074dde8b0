package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The matrix product with vectors. Rows up to {@link #FEW_ROWS} read 16-bit panels as they are;
 * more rows first widen a block of the panel to float32 in scratch memory, where all rows then use
 * it.
 *
 * <p>The loops are written flat: past C2's node budget a helper that takes or returns a vector is
 * no longer inlined, and boxing then costs a factor of ten or more.
 */
final class VectorMatmul {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final VectorSpecies<Float> F =
      FloatVector.SPECIES_PREFERRED.length() > LANES
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = F.withLanes(int.class);
  private static final int WIDTH = F.length();

  /** Panels that one pass of the inner loop feeds: four chains hide the latency of an FMA. */
  private static final int GROUP = 4;

  /** Widening pays from the fifth row on. */
  private static final int FEW_ROWS = 4;

  /** Steps of the depth widened at a time: four panels of 1024 steps are 256 KiB, a share of L2. */
  private static final int BLOCK = 1024;

  /** Floats of scratch memory: the widened block of a group, and a padded tile of C. */
  static final int SCRATCH = GROUP * BLOCK * LANES + LANES;

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
    boolean widen = w.dtype() != DType.F32 && rows > FEW_ROWS;
    for (int panel = firstPanel; panel < lastPanel; ) {
      int whole = Math.min(lastPanel, w.outputs() / LANES) - panel;
      int group = whole >= GROUP ? GROUP : 1;
      long out = cOffset + (long) panel * LANES;
      if (whole < 1) {
        partialPanel(a, aOffset, aStride, rows, w, panel, c, out, cStride, accumulate, scratch);
      } else if (widen) {
        for (int k = 0; k < w.depth(); k += BLOCK) {
          int steps = Math.min(BLOCK, w.depth() - k);
          PanelMatrix block = widen(w, panel, group, k, steps, scratch);
          floats(
              a, aOffset + k, aStride, rows, block, 0, group, c, out, cStride, accumulate || k > 0);
        }
      } else if (w.dtype() == DType.F32) {
        floats(a, aOffset, aStride, rows, w, panel, group, c, out, cStride, accumulate);
      } else {
        for (int r = 0; r < rows; r++) {
          long at = aOffset + r * aStride;
          halves(a, at, w, panel, group, c, out + r * cStride, accumulate);
        }
      }
      panel += Math.max(1, group);
    }
  }

  /** The last panel of a matrix whose outputs are no multiple of 16: through a padded tile. */
  private void partialPanel(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate,
      MemorySegment scratch) {
    long tile = (long) GROUP * BLOCK * LANES;
    long bytes = (w.outputs() - panel * LANES) * 4L;
    for (int r = 0; r < rows; r++) {
      long row = (cOffset + r * cStride) * 4;
      if (accumulate) {
        MemorySegment.copy(c, row, scratch, tile * 4, bytes);
      }
      long at = aOffset + r * aStride;
      if (w.dtype() == DType.F32) {
        floats(a, at, aStride, 1, w, panel, 1, scratch, tile, 0, accumulate);
      } else {
        halves(a, at, w, panel, 1, scratch, tile, accumulate);
      }
      MemorySegment.copy(scratch, tile * 4, c, row, bytes);
    }
  }

  /** Steps k to k + steps of some 16-bit panels as float32 panels in scratch memory. */
  private static PanelMatrix widen(
      PanelMatrix w, int panel, int group, int k, int steps, MemorySegment scratch) {
    long stride = BLOCK * LANES * 4L;
    for (int p = 0; p < group; p++) {
      long from = w.panelOffset(panel + p) + k / 2 * 64L;
      long to = p * stride;
      for (int pair = 0; pair < (steps + 1) / 2; pair++) {
        for (int lane = 0; lane < LANES; lane += WIDTH) {
          IntVector word =
              IntVector.fromMemorySegment(I, w.data(), from + pair * 64L + lane * 4L, LE);
          FloatVector even;
          FloatVector odd;
          if (w.dtype() == DType.BF16) {
            even = word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            odd = word.and(0xffff0000).reinterpretAsFloats();
          } else {
            even =
                word.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8fffe000)
                    .reinterpretAsFloats()
                    .mul(REBIAS);
            odd =
                word.lanewise(VectorOperators.ASHR, 3)
                    .and(0x8fffe000)
                    .reinterpretAsFloats()
                    .mul(REBIAS);
          }
          even.intoMemorySegment(scratch, to + pair * 128L + lane * 4L, LE);
          if (2 * pair + 1 < steps) {
            odd.intoMemorySegment(scratch, to + pair * 128L + 64 + lane * 4L, LE);
          }
        }
      }
    }
    return new PanelMatrix(DType.F32, group * LANES, steps, scratch, 0, stride);
  }

  /** Any rows by one or four whole float32 panels, four rows at a time. */
  private static void floats(
      MemorySegment a,
      long aOffset,
      long aStride,
      int rows,
      PanelMatrix w,
      int panel,
      int group,
      MemorySegment c,
      long cOffset,
      long cStride,
      boolean accumulate) {
    MemorySegment data = w.data();
    long w0 = w.panelOffset(panel);
    int depth = w.depth();
    for (int r = 0; r < rows; ) {
      long at = (aOffset + r * aStride) * 4;
      long out = (cOffset + r * cStride) * 4;
      boolean four = rows - r >= 4;
      for (int lane = 0; lane < LANES; lane += WIDTH) {
        long wl = w0 + lane * 4L;
        long cl = out + lane * 4L;
        if (four && group == GROUP) {
          tile4x4(
              a, at, aStride * 4, data, wl, w.panelStride(), depth, c, cl, cStride * 4, accumulate);
        } else if (four) {
          tile4x1(a, at, aStride * 4, data, wl, depth, c, cl, cStride * 4, accumulate);
        } else if (group == GROUP) {
          tile1x4(a, at, data, wl, w.panelStride(), depth, c, cl, accumulate);
        } else {
          tile1x1(a, at, data, wl, depth, c, cl, accumulate);
        }
      }
      r += four ? 4 : 1;
    }
  }

  private static void tile4x4(
      MemorySegment a,
      long a0,
      long aStride,
      MemorySegment w,
      long w0,
      long wStride,
      int depth,
      MemorySegment c,
      long c0,
      long cStride,
      boolean accumulate) {
    long a1 = a0 + aStride;
    long a2 = a1 + aStride;
    long a3 = a2 + aStride;
    long w1 = w0 + wStride;
    long w2 = w1 + wStride;
    long w3 = w2 + wStride;
    long c1 = c0 + cStride;
    long c2 = c1 + cStride;
    long c3 = c2 + cStride;
    FloatVector zero = FloatVector.zero(F);
    FloatVector s00 = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : zero;
    FloatVector s01 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 64, LE) : zero;
    FloatVector s02 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 128, LE) : zero;
    FloatVector s03 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 192, LE) : zero;
    FloatVector s10 = accumulate ? FloatVector.fromMemorySegment(F, c, c1, LE) : zero;
    FloatVector s11 = accumulate ? FloatVector.fromMemorySegment(F, c, c1 + 64, LE) : zero;
    FloatVector s12 = accumulate ? FloatVector.fromMemorySegment(F, c, c1 + 128, LE) : zero;
    FloatVector s13 = accumulate ? FloatVector.fromMemorySegment(F, c, c1 + 192, LE) : zero;
    FloatVector s20 = accumulate ? FloatVector.fromMemorySegment(F, c, c2, LE) : zero;
    FloatVector s21 = accumulate ? FloatVector.fromMemorySegment(F, c, c2 + 64, LE) : zero;
    FloatVector s22 = accumulate ? FloatVector.fromMemorySegment(F, c, c2 + 128, LE) : zero;
    FloatVector s23 = accumulate ? FloatVector.fromMemorySegment(F, c, c2 + 192, LE) : zero;
    FloatVector s30 = accumulate ? FloatVector.fromMemorySegment(F, c, c3, LE) : zero;
    FloatVector s31 = accumulate ? FloatVector.fromMemorySegment(F, c, c3 + 64, LE) : zero;
    FloatVector s32 = accumulate ? FloatVector.fromMemorySegment(F, c, c3 + 128, LE) : zero;
    FloatVector s33 = accumulate ? FloatVector.fromMemorySegment(F, c, c3 + 192, LE) : zero;
    for (int k = 0; k < depth; k++) {
      long step = k * 64L;
      FloatVector v0 = FloatVector.fromMemorySegment(F, w, w0 + step, LE);
      FloatVector v1 = FloatVector.fromMemorySegment(F, w, w1 + step, LE);
      FloatVector v2 = FloatVector.fromMemorySegment(F, w, w2 + step, LE);
      FloatVector v3 = FloatVector.fromMemorySegment(F, w, w3 + step, LE);
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      s00 = v0.fma(x, s00);
      s01 = v1.fma(x, s01);
      s02 = v2.fma(x, s02);
      s03 = v3.fma(x, s03);
      x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a1 + k * 4L));
      s10 = v0.fma(x, s10);
      s11 = v1.fma(x, s11);
      s12 = v2.fma(x, s12);
      s13 = v3.fma(x, s13);
      x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a2 + k * 4L));
      s20 = v0.fma(x, s20);
      s21 = v1.fma(x, s21);
      s22 = v2.fma(x, s22);
      s23 = v3.fma(x, s23);
      x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a3 + k * 4L));
      s30 = v0.fma(x, s30);
      s31 = v1.fma(x, s31);
      s32 = v2.fma(x, s32);
      s33 = v3.fma(x, s33);
    }
    s00.intoMemorySegment(c, c0, LE);
    s01.intoMemorySegment(c, c0 + 64, LE);
    s02.intoMemorySegment(c, c0 + 128, LE);
    s03.intoMemorySegment(c, c0 + 192, LE);
    s10.intoMemorySegment(c, c1, LE);
    s11.intoMemorySegment(c, c1 + 64, LE);
    s12.intoMemorySegment(c, c1 + 128, LE);
    s13.intoMemorySegment(c, c1 + 192, LE);
    s20.intoMemorySegment(c, c2, LE);
    s21.intoMemorySegment(c, c2 + 64, LE);
    s22.intoMemorySegment(c, c2 + 128, LE);
    s23.intoMemorySegment(c, c2 + 192, LE);
    s30.intoMemorySegment(c, c3, LE);
    s31.intoMemorySegment(c, c3 + 64, LE);
    s32.intoMemorySegment(c, c3 + 128, LE);
    s33.intoMemorySegment(c, c3 + 192, LE);
  }

  private static void tile4x1(
      MemorySegment a,
      long a0,
      long aStride,
      MemorySegment w,
      long w0,
      int depth,
      MemorySegment c,
      long c0,
      long cStride,
      boolean accumulate) {
    long a1 = a0 + aStride;
    long a2 = a1 + aStride;
    long a3 = a2 + aStride;
    long c1 = c0 + cStride;
    long c2 = c1 + cStride;
    long c3 = c2 + cStride;
    FloatVector zero = FloatVector.zero(F);
    FloatVector s0 = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : zero;
    FloatVector s1 = accumulate ? FloatVector.fromMemorySegment(F, c, c1, LE) : zero;
    FloatVector s2 = accumulate ? FloatVector.fromMemorySegment(F, c, c2, LE) : zero;
    FloatVector s3 = accumulate ? FloatVector.fromMemorySegment(F, c, c3, LE) : zero;
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromMemorySegment(F, w, w0 + k * 64L, LE);
      s0 = v.fma(FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L)), s0);
      s1 = v.fma(FloatVector.broadcast(F, a.get(Tensor.FLOAT, a1 + k * 4L)), s1);
      s2 = v.fma(FloatVector.broadcast(F, a.get(Tensor.FLOAT, a2 + k * 4L)), s2);
      s3 = v.fma(FloatVector.broadcast(F, a.get(Tensor.FLOAT, a3 + k * 4L)), s3);
    }
    s0.intoMemorySegment(c, c0, LE);
    s1.intoMemorySegment(c, c1, LE);
    s2.intoMemorySegment(c, c2, LE);
    s3.intoMemorySegment(c, c3, LE);
  }

  private static void tile1x4(
      MemorySegment a,
      long a0,
      MemorySegment w,
      long w0,
      long wStride,
      int depth,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    long w1 = w0 + wStride;
    long w2 = w1 + wStride;
    long w3 = w2 + wStride;
    FloatVector zero = FloatVector.zero(F);
    FloatVector s0 = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : zero;
    FloatVector s1 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 64, LE) : zero;
    FloatVector s2 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 128, LE) : zero;
    FloatVector s3 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 192, LE) : zero;
    for (int k = 0; k < depth; k++) {
      long step = k * 64L;
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      s0 = FloatVector.fromMemorySegment(F, w, w0 + step, LE).fma(x, s0);
      s1 = FloatVector.fromMemorySegment(F, w, w1 + step, LE).fma(x, s1);
      s2 = FloatVector.fromMemorySegment(F, w, w2 + step, LE).fma(x, s2);
      s3 = FloatVector.fromMemorySegment(F, w, w3 + step, LE).fma(x, s3);
    }
    s0.intoMemorySegment(c, c0, LE);
    s1.intoMemorySegment(c, c0 + 64, LE);
    s2.intoMemorySegment(c, c0 + 128, LE);
    s3.intoMemorySegment(c, c0 + 192, LE);
  }

  private static void tile1x1(
      MemorySegment a,
      long a0,
      MemorySegment w,
      long w0,
      int depth,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    FloatVector s = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : FloatVector.zero(F);
    for (int k = 0; k < depth; k++) {
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      s = FloatVector.fromMemorySegment(F, w, w0 + k * 64L, LE).fma(x, s);
    }
    s.intoMemorySegment(c, c0, LE);
  }

  /** One row by one or four whole 16-bit panels: decoding, at the speed of memory. */
  private static void halves(
      MemorySegment a,
      long aOffset,
      PanelMatrix w,
      int panel,
      int group,
      MemorySegment c,
      long cOffset,
      boolean accumulate) {
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      long at = w.panelOffset(panel) + lane * 4L;
      long out = (cOffset + lane) * 4;
      if (group == GROUP && w.dtype() == DType.BF16) {
        bfloat16x4(a, aOffset * 4, w.data(), at, w.panelStride(), w.depth(), c, out, accumulate);
      } else {
        for (int p = 0; p < group; p++) {
          long wp = at + p * w.panelStride();
          long cp = out + p * 64L;
          if (w.dtype() == DType.BF16) {
            bfloat16x1(a, aOffset * 4, w.data(), wp, w.depth(), c, cp, accumulate);
          } else {
            float16x1(a, aOffset * 4, w.data(), wp, w.depth(), c, cp, accumulate);
          }
        }
      }
    }
  }

  private static void bfloat16x4(
      MemorySegment a,
      long a0,
      MemorySegment w,
      long w0,
      long wStride,
      int depth,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    long w1 = w0 + wStride;
    long w2 = w1 + wStride;
    long w3 = w2 + wStride;
    FloatVector zero = FloatVector.zero(F);
    FloatVector s0 = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : zero;
    FloatVector s1 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 64, LE) : zero;
    FloatVector s2 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 128, LE) : zero;
    FloatVector s3 = accumulate ? FloatVector.fromMemorySegment(F, c, c0 + 192, LE) : zero;
    int k = 0;
    for (; k < depth - 1; k += 2) {
      long step = k * 32L;
      IntVector p0 = IntVector.fromMemorySegment(I, w, w0 + step, LE);
      IntVector p1 = IntVector.fromMemorySegment(I, w, w1 + step, LE);
      IntVector p2 = IntVector.fromMemorySegment(I, w, w2 + step, LE);
      IntVector p3 = IntVector.fromMemorySegment(I, w, w3 + step, LE);
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      FloatVector y = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L + 4));
      s0 = p0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s0);
      s1 = p1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s1);
      s2 = p2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s2);
      s3 = p3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s3);
      s0 = p0.and(0xffff0000).reinterpretAsFloats().fma(y, s0);
      s1 = p1.and(0xffff0000).reinterpretAsFloats().fma(y, s1);
      s2 = p2.and(0xffff0000).reinterpretAsFloats().fma(y, s2);
      s3 = p3.and(0xffff0000).reinterpretAsFloats().fma(y, s3);
    }
    if (k < depth) {
      long step = k * 32L;
      IntVector p0 = IntVector.fromMemorySegment(I, w, w0 + step, LE);
      IntVector p1 = IntVector.fromMemorySegment(I, w, w1 + step, LE);
      IntVector p2 = IntVector.fromMemorySegment(I, w, w2 + step, LE);
      IntVector p3 = IntVector.fromMemorySegment(I, w, w3 + step, LE);
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      s0 = p0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s0);
      s1 = p1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s1);
      s2 = p2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s2);
      s3 = p3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(x, s3);
    }
    s0.intoMemorySegment(c, c0, LE);
    s1.intoMemorySegment(c, c0 + 64, LE);
    s2.intoMemorySegment(c, c0 + 128, LE);
    s3.intoMemorySegment(c, c0 + 192, LE);
  }

  private static void bfloat16x1(
      MemorySegment a,
      long a0,
      MemorySegment w,
      long w0,
      int depth,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    FloatVector s = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : FloatVector.zero(F);
    for (int k = 0; k < depth; k++) {
      IntVector p = IntVector.fromMemorySegment(I, w, w0 + (k >> 1) * 64L, LE);
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      IntVector bits = (k & 1) == 0 ? p.lanewise(VectorOperators.LSHL, 16) : p.and(0xffff0000);
      s = bits.reinterpretAsFloats().fma(x, s);
    }
    s.intoMemorySegment(c, c0, LE);
  }

  private static void float16x1(
      MemorySegment a,
      long a0,
      MemorySegment w,
      long w0,
      int depth,
      MemorySegment c,
      long c0,
      boolean accumulate) {
    FloatVector s = accumulate ? FloatVector.fromMemorySegment(F, c, c0, LE) : FloatVector.zero(F);
    for (int k = 0; k < depth; k++) {
      IntVector p = IntVector.fromMemorySegment(I, w, w0 + (k >> 1) * 64L, LE);
      FloatVector x = FloatVector.broadcast(F, a.get(Tensor.FLOAT, a0 + k * 4L));
      IntVector high = (k & 1) == 0 ? p.lanewise(VectorOperators.LSHL, 16) : p;
      s =
          high.lanewise(VectorOperators.ASHR, 3)
              .and(0x8fffe000)
              .reinterpretAsFloats()
              .mul(REBIAS)
              .fma(x, s);
    }
    s.intoMemorySegment(c, c0, LE);
  }
}

package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A matrix W [outputs, depth] in the layout that products read: panels of 16 outputs, inside a
 * panel one group of 16 neighbours for each step of the depth, so that one vector load feeds 16
 * independent chains of additions.
 *
 * <p>Float32 panels are {@code [depth][16]} floats. 16-bit panels are {@code [ceil(depth / 2)][16]}
 * words of 32 bits: the even step in the low half, the odd step in the high half, so that one load
 * serves two steps. The lanes of the last panel past {@code outputs}, and the high half past an odd
 * depth, are unspecified and never used in a result. Quantised weights lie in {@link
 * QuantisedPanels}.
 *
 * @param dtype F32, BF16 or F16, or the storage of a {@link dev.loupe.tensor.QuantisedType}
 * @param outputs rows of W, the columns of a product with it
 * @param depth columns of W, the length of each chain
 * @param data the panels
 * @param offset where step 0 of panel 0 starts, in bytes
 * @param panelStride from one panel to the next, in bytes
 */
public record PanelMatrix(
    DType dtype, int outputs, int depth, MemorySegment data, long offset, long panelStride) {

  /**
   * The version of the layout. It enters the names of packed weights on disk, so that a program
   * never reads another layout than its own: raise it whenever the bytes of a panel change.
   */
  public static final int LAYOUT_VERSION = 1;

  /** Outputs in a panel: the lanes of a 512-bit vector of float32, on every machine. */
  public static final int LANES = 16;

  /** Steps that are best read at once: 16 KiB of float32, which stay in the first-level cache. */
  static final int STEPS = 256;

  /** How many panels cover this many outputs. */
  public static int panels(int outputs) {
    return (outputs + LANES - 1) / LANES;
  }

  /** The bytes of one panel of this depth. */
  public static long panelBytes(DType dtype, int depth) {
    if (QuantisedPanels.hold(dtype)) {
      return QuantisedPanels.panelBytes(dtype, depth);
    }
    return dtype == DType.F32 ? depth * 64L : (depth + 1) / 2 * 64L;
  }

  /** Room for a matrix that {@link #packPanels} will fill. */
  public static PanelMatrix allocate(Arena arena, DType dtype, int outputs, int depth) {
    long stride = panelBytes(dtype, depth);
    MemorySegment data = arena.allocate(Math.max(1, panels(outputs) * stride), 64);
    return new PanelMatrix(dtype, outputs, depth, data, 0, stride);
  }

  /** Whether the weights are integers with scales. */
  public boolean quantised() {
    return QuantisedPanels.hold(dtype);
  }

  /** How many panels there are. */
  public int panels() {
    return panels(outputs);
  }

  /** Where a panel starts, in bytes. */
  public long panelOffset(int panel) {
    return offset + panel * panelStride;
  }

  /** Steps {@code from} to {@code to} (exclusive) of the depth of a float32 matrix, a view. */
  public PanelMatrix steps(int from, int to) {
    if (dtype != DType.F32) {
      throw new IllegalArgumentException("steps of a " + dtype + " matrix: expected F32");
    }
    return new PanelMatrix(dtype, outputs, to - from, data, offset + from * 64L, panelStride);
  }

  /**
   * Fills panels {@code from} to {@code to} (exclusive) from rows of a row-major matrix.
   *
   * @param value the type that the elements are rounded to first: this matrix's own, or a narrower
   *     one where this matrix is F32
   */
  public void packPanels(Tensor source, DType value, int from, int to) {
    new PanelPacker(this, source, value).pack(from, to);
  }

  /** Fills panels {@code from} to {@code to} (exclusive) of quantised weights. */
  public void quantisePanels(Tensor source, int from, int to) {
    new QuantisedPacker(this, source).pack(from, to);
  }

  /** Fills panels {@code from} to {@code to} (exclusive) from integers of this matrix's type. */
  public void packIntegers(StoredIntegers.Numbers source, int from, int to) {
    new IntegerPacker(this, source).pack(from, to);
  }

  /** Writes one row of W, widened to float32, to {@code to[at]} and the floats that follow. */
  public void readRow(int output, MemorySegment to, long at) {
    long lane = panelOffset(output / LANES) + output % LANES * 4L;
    for (int k = 0; k < depth; k++) {
      to.set(Tensor.FLOAT, (at + k) * 4, element(lane, k));
    }
  }

  /**
   * Reads steps {@code from} to {@code to} (exclusive) of a panel, widened to float32.
   *
   * @param weights becomes [to - from][16]
   */
  void readSteps(int panel, int from, int to, float[] weights) {
    long start = panelOffset(panel);
    if (dtype == DType.F32) {
      int count = (to - from) * LANES;
      MemorySegment.copy(data, Tensor.FLOAT, start + from * 64L, weights, 0, count);
      return;
    }
    if (!quantised()) {
      readHalves(start, from, to, weights);
      return;
    }
    for (int k = from; k < to; k++) {
      for (int lane = 0; lane < LANES; lane++) {
        weights[(k - from) * LANES + lane] = element(start + lane * 4L, k);
      }
    }
  }

  private void readHalves(long start, int from, int to, float[] weights) {
    int even = from & ~1;
    short[] words = new short[(to - even + 1 & ~1) * LANES];
    MemorySegment.copy(data, Tensor.HALF, start + even * 32L, words, 0, words.length);
    for (int k = from; k < to; k++) {
      int line = (k - even & ~1) * LANES + (k & 1);
      for (int lane = 0; lane < LANES; lane++) {
        weights[(k - from) * LANES + lane] = widened(words[line + 2 * lane]);
      }
    }
  }

  /** The weight of one output at one step of the depth, widened to float32. */
  public float at(int output, int k) {
    return weight(output / LANES, k, output % LANES);
  }

  /** The weight of one output at one step of the depth, widened to float32. */
  public float weight(int panel, int k, int lane) {
    return element(panelOffset(panel) + lane * 4L, k);
  }

  private float element(long lane, int k) {
    if (dtype == DType.F32) {
      return data.get(Tensor.FLOAT, lane + k * 64L);
    }
    if (quantised()) {
      return QuantisedPanels.weight(data, dtype, lane, k);
    }
    return widened(data.get(Tensor.HALF, lane + (k >> 1) * 64L + (k & 1) * 2L));
  }

  private float widened(short half) {
    return dtype == DType.BF16 ? Float.intBitsToFloat(half << 16) : Float.float16ToFloat(half);
  }
}

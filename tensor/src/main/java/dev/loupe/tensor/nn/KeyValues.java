package dev.loupe.tensor.nn;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The keys and values that queries attend to, in the layout that products read: keys as panels of
 * 16 positions, values as panels of 16 elements, so that both scores and weighted sums are plain
 * products.
 *
 * <p>Either a fixed number in the scratch memory of a request (the vision tower), or a cache that
 * grows with the sequence and owns its memory (the decoder). Used by one thread at a time, which
 * has all threads help where it appends a picture or a prompt.
 */
public final class KeyValues implements AutoCloseable {

  /**
   * A cache that grows takes room for a quarter more than it needs, at least for this many
   * positions: an answer of this length never moves the prompt before it.
   */
  private static final int STEP = 256;

  private final int heads;
  private final int headDim;
  private final boolean owned;
  private Arena arena;
  private MemorySegment keys;
  private MemorySegment values;
  private int capacity;
  private int length;

  private KeyValues(int heads, int headDim, boolean owned) {
    this.heads = heads;
    this.headDim = headDim;
    this.owned = owned;
  }

  /** An empty cache that grows as needed. */
  public static KeyValues growing(int heads, int headDim) {
    KeyValues kv = new KeyValues(heads, headDim, true);
    kv.allocate(0);
    return kv;
  }

  /** Room for {@code capacity} positions in scratch memory. */
  public static KeyValues fixed(int heads, int headDim, int capacity, Workspace w) {
    KeyValues kv = new KeyValues(heads, headDim, false);
    kv.capacity = (capacity + LANES - 1) / LANES * LANES;
    kv.keys = w.matrix(heads * kv.capacity, headDim).segment();
    kv.values = w.matrix(heads * kv.capacity, kv.valuePanels() * LANES).segment();
    return kv;
  }

  private int valuePanels() {
    return PanelMatrix.panels(headDim);
  }

  private void allocate(int positions) {
    arena = Arena.ofShared();
    capacity = positions;
    keys = arena.allocate((long) heads * capacity * headDim * 4, 64);
    values = arena.allocate((long) heads * capacity * valuePanels() * LANES * 4, 64);
  }

  /** How many positions are held. */
  public int length() {
    return length;
  }

  /** The memory of keys and values, also for positions that come later. */
  public long bytes() {
    return keys.byteSize() + values.byteSize();
  }

  /** Heads of keys and values. */
  int heads() {
    return heads;
  }

  /** Elements of one head. */
  int headDim() {
    return headDim;
  }

  /** Forgets all positions from {@code length} on. */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException(
          "key/value cache: expected a length from 0 to " + this.length + ", found " + length);
    }
    this.length = length;
  }

  /** A growing cache of its own with the same content. */
  public KeyValues copy() {
    KeyValues copy = new KeyValues(heads, headDim, true);
    copy.allocate(capacity);
    copy.keys.copyFrom(keys);
    copy.values.copyFrom(values);
    copy.length = length;
    return copy;
  }

  /**
   * Appends one position for each of some rows of x, whose keys and values start at columns, with
   * all threads.
   */
  public void append(
      Tensor x, int firstRow, int rows, int keyColumn, int valueColumn, Workspace w) {
    append(new Source(x, keyColumn, x, valueColumn, firstRow, length), rows, w);
  }

  /** Appends one position for each row of k [rows, heads * headDim] and v [rows, same]. */
  public void append(Tensor k, Tensor v, Workspace w) {
    append(new Source(k, 0, v, 0, 0, length), k.rowCount(), w);
  }

  /** The same on the thread that calls: several caches, each by a thread of its own. */
  public void append(Tensor k, Tensor v) {
    append(new Source(k, 0, v, 0, 0, length), k.rowCount());
  }

  private void append(Source source, int rows) {
    reserve(length + rows);
    for (int head = 0; head < heads; head++) {
      put(source, head, 0, rows);
    }
    length += rows;
  }

  private void append(Source source, int rows, Workspace w) {
    if (rows <= LANES) {
      append(source, rows); // A step of decoding: sooner done than shared.
      return;
    }
    reserve(length + rows);
    int blocks = (rows + LANES - 1) / LANES;
    w.backend()
        .parallel(
            heads * blocks,
            (from, to, worker) -> {
              for (int item = from; item < to; item++) {
                int first = item % blocks * LANES;
                put(source, item / blocks, first, Math.min(first + LANES, rows));
              }
            });
    length += rows;
  }

  /**
   * What is appended.
   *
   * @param firstRow the row that becomes position {@code position}
   */
  private record Source(
      Tensor k, int keyColumn, Tensor v, int valueColumn, int firstRow, int position) {}

  private void put(Source source, int head, int first, int last) {
    putKeys(source, head, first, last);
    long stride = source.v.columnCount();
    long column = source.valueColumn + (long) head * headDim;
    for (int r = first; r < last; r++) {
      long at = (source.firstRow + r) * stride + column;
      putValue(head, source.position + r, source.v.segment(), at);
    }
  }

  /** Element by element, each of them for all positions, which lie side by side in a panel. */
  private void putKeys(Source source, int head, int first, int last) {
    MemorySegment k = source.k.segment();
    PanelMatrix panels = keys(head);
    long stride = source.k.columnCount() * 4L;
    long column = (source.keyColumn + (long) head * headDim) * 4;
    for (int r = first; r < last; ) {
      int position = source.position + r;
      int count = Math.min(LANES - position % LANES, last - r);
      long from = (source.firstRow + r) * stride + column;
      long to = panels.panelOffset(position / LANES) + position % LANES * 4L;
      for (int i = 0; i < headDim; i++) {
        for (int lane = 0; lane < count; lane++) {
          float element = k.get(Tensor.FLOAT, from + lane * stride + i * 4L);
          keys.set(Tensor.FLOAT, to + i * 64L + lane * 4L, element);
        }
      }
      r += count;
    }
  }

  private void putValue(int head, int position, MemorySegment source, long at) {
    PanelMatrix panels = values(head);
    for (int p = 0; p < valuePanels(); p++) {
      int count = Math.min(LANES, headDim - p * LANES);
      long to = panels.panelOffset(p) + position * 64L;
      MemorySegment.copy(source, (at + (long) p * LANES) * 4, values, to, count * 4L);
    }
  }

  private void reserve(int positions) {
    if (positions <= capacity) {
      return;
    }
    if (!owned) {
      throw new IllegalStateException(
          "key/value memory: expected at most " + capacity + " positions, found " + positions);
    }
    int grown = positions + Math.max(STEP, positions / 4);
    KeyValues larger = new KeyValues(heads, headDim, true);
    larger.allocate((grown + LANES - 1) / LANES * LANES);
    for (int h = 0; h < heads; h++) {
      long bytes = (long) capacity * headDim * 4;
      MemorySegment.copy(keys, h * bytes, larger.keys, larger.keys(h).offset(), bytes);
      for (int p = 0; p < valuePanels(); p++) {
        long from = values(h).panelOffset(p);
        long to = larger.values(h).panelOffset(p);
        MemorySegment.copy(values, from, larger.values, to, length * 64L);
      }
    }
    arena.close();
    arena = larger.arena;
    keys = larger.keys;
    values = larger.values;
    capacity = larger.capacity;
  }

  /** The keys of a head: a matrix [length, headDim], so that q times it gives the scores. */
  PanelMatrix keys(int head) {
    long offset = (long) head * capacity * headDim * 4;
    return new PanelMatrix(DType.F32, length, headDim, keys, offset, headDim * 64L);
  }

  /** The values of a head: a matrix [headDim, length], so that p times it gives the output. */
  PanelMatrix values(int head) {
    long stride = capacity * 64L;
    long offset = head * stride * valuePanels();
    return new PanelMatrix(DType.F32, headDim, length, values, offset, stride);
  }

  /** Frees the memory of a growing cache; scratch memory belongs to its workspace. */
  @Override
  public void close() {
    if (owned) {
      arena.close();
    }
  }
}

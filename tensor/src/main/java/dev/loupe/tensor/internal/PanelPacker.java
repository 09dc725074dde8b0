package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Fills panels from a row-major matrix. Each thread has a packer of its own.
 *
 * <p>A panel is the transpose of 16 rows of words, a word being one float32 or two 16-bit
 * neighbours of a row, which lie in the word as they lie in the row. It is made in blocks that fit
 * the first cache, in arrays, whose loops C2 compiles without bounds checks.
 */
final class PanelPacker {

  /** Words of a row in a block: 16 rows of them and their transpose take 16 KB. */
  private static final int WORDS = 128;

  private final PanelMatrix panels;
  private final Tensor source;
  private final DType value;
  private final int perWord;
  private final int[] words = new int[WORDS];
  private final int[] block = new int[WORDS * LANES];
  private final float[] values = new float[2 * WORDS];
  private final short[] halves = new short[2 * WORDS];

  PanelPacker(PanelMatrix panels, Tensor source, DType value) {
    this.panels = panels;
    this.source = source;
    this.value = value;
    this.perWord = panels.dtype() == DType.F32 ? 1 : 2;
  }

  void pack(int from, int to) {
    int words = (panels.depth() + perWord - 1) / perWord;
    for (int panel = from; panel < to; panel++) {
      for (int word = 0; word < words; word += WORDS) {
        pack(panel, word, Math.min(WORDS, words - word));
      }
    }
  }

  private void pack(int panel, int word, int count) {
    int first = panel * LANES;
    int lanes = Math.min(LANES, panels.outputs() - first);
    int step = word * perWord;
    int steps = Math.min(count * perWord, panels.depth() - step);
    if (lanes < LANES) {
      Arrays.fill(block, 0);
    }
    for (int lane = 0; lane < lanes; lane++) {
      read((long) (first + lane) * panels.depth() + step, steps);
      for (int i = 0; i < count; i++) {
        block[i * LANES + lane] = words[i];
      }
    }
    long at = panels.panelOffset(panel) + word * 64L;
    MemorySegment.copy(block, 0, panels.data(), Tensor.INT, at, count * LANES);
  }

  /** Elements {@code from} and {@code steps - 1} more of the source, as words. */
  private void read(long from, int steps) {
    if (source.dtype() == panels.dtype() && source.dtype() == value) {
      copy(from, steps);
      return;
    }
    WeightBlocks.read(source, from, values, halves, steps);
    WeightBlocks.round(value, values, steps);
    switch (panels.dtype()) {
      case F32 -> {
        for (int i = 0; i < steps; i++) {
          words[i] = Float.floatToRawIntBits(values[i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < steps; i++) {
          halves[i] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
        }
        pair(steps);
      }
      default -> {
        for (int i = 0; i < steps; i++) {
          halves[i] = Float.floatToFloat16(values[i]);
        }
        pair(steps);
      }
    }
  }

  /** The bits as they are stored. A last element without a partner is read alone. */
  private void copy(long from, int steps) {
    int whole = steps / perWord;
    long bytes = source.dtype().bytes();
    MemorySegment.copy(source.segment(), Tensor.INT, from * bytes, words, 0, whole);
    if (whole * perWord < steps) {
      short last = source.segment().get(Tensor.HALF, (from + steps - 1) * bytes);
      words[whole] = Short.toUnsignedInt(last);
    }
  }

  private void pair(int steps) {
    if ((steps & 1) == 1) {
      halves[steps] = 0;
    }
    for (int i = 0; i < (steps + 1) / 2; i++) {
      words[i] = Short.toUnsignedInt(halves[2 * i]) | halves[2 * i + 1] << 16;
    }
  }
}

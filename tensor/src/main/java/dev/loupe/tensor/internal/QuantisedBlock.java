package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A block of {@link QuantisedPanels} while it is filled. */
final class QuantisedBlock {
  private final int bits;
  private final int head;
  private final int[] words;

  /** A block of zeros. */
  QuantisedBlock(DType dtype) {
    bits = QuantisedPanels.bits(dtype);
    head = QuantisedPanels.head(dtype);
    words = new int[(int) QuantisedPanels.blockBytes(dtype) / Integer.BYTES];
  }

  void clear() {
    Arrays.fill(words, 0);
  }

  /** Sets the scale, which float16 holds, of the first or second group of an output. */
  void scale(int group, int lane, float scale) {
    half(group, lane, Float.floatToFloat16(scale));
  }

  /** Sets the zero point of a group that has one. */
  void zero(int group, int lane, int zero) {
    half(group, LANES + lane, (short) -zero);
  }

  private void half(int group, int word, short value) {
    words[word] |= Short.toUnsignedInt(value) << group * Short.SIZE;
  }

  /** Sets the integer of a step of the block. */
  void integer(int k, int lane, int integer) {
    int line = head + QuantisedPanels.line(bits, k);
    words[line * LANES + lane] |= (integer & (1 << bits) - 1) << QuantisedPanels.shift(bits, k);
  }

  /** Writes block {@code number} of a panel. */
  void write(PanelMatrix panels, int panel, long number) {
    long at = panels.panelOffset(panel) + number * words.length * Integer.BYTES;
    MemorySegment.copy(words, 0, panels.data(), Tensor.INT, at, words.length);
  }
}

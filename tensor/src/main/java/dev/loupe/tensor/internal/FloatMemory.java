package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Float32 numbers in memory, counted from the start of a segment. */
final class FloatMemory {
  private FloatMemory() {}

  static float get(MemorySegment s, long index) {
    return s.get(Tensor.FLOAT, index * 4);
  }

  static void set(MemorySegment s, long index, float value) {
    s.set(Tensor.FLOAT, index * 4, value);
  }
}

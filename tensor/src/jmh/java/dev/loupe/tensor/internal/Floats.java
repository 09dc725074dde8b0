package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Numbers to compute with. */
final class Floats {
  private Floats() {}

  /** So many, evenly spread from -1 to 1. */
  static MemorySegment random(Arena arena, long count) {
    Random random = new Random(1);
    MemorySegment values = arena.allocate(count * 4, 64);
    for (long i = 0; i < count; i++) {
      values.set(Tensor.FLOAT, i * 4, random.nextFloat() * 2 - 1);
    }
    return values;
  }
}

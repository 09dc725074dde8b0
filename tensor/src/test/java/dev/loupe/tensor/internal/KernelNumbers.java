package dev.loupe.tensor.internal;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Numbers that tell kernels apart, and how they are compared. */
final class KernelNumbers {
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -0x1p-25f,
    0x1.8p-25f,
    65519.99f,
    65520f,
    -65504f,
    3.4e38f,
    88.8f,
    -104f
  };

  private KernelNumbers() {}

  /** Finite numbers of every size for even seeds; the special ones mixed in for odd seeds. */
  static Tensor numbers(Arena arena, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      float ordinary = (float) random.nextDouble(-4, 4) * (1 << random.nextInt(6));
      boolean special = seed % 2 == 1 && random.nextInt(5) == 0;
      values[i] = special ? SPECIAL[random.nextInt(SPECIAL.length)] : ordinary;
    }
    return Tensor.ofFloats(arena, values, count);
  }

  /** NaN counts as one value. */
  static int[] bits(Tensor t) {
    float[] floats = t.toFloats();
    return IntStream.range(0, floats.length).map(i -> Float.floatToIntBits(floats[i])).toArray();
  }
}

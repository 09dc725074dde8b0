package dev.loupe.engine.sampling;

import java.util.Arrays;

/**
 * The order of equal scores in an ascending sort, which decides what {@link TopP} keeps of them.
 *
 * <p>It matters more than it seems: float16 logits near 20 are 1/64 apart, so maxima tie often, and
 * with {@code top_k = 1, top_p = 0.001}, the defaults of the Instruct checkpoints, exactly the last
 * of the tied tokens in this order is the answer. PyTorch promises no order ({@code torch.sort} is
 * unstable by default); what it does is known for some of its backends.
 */
public enum TiePolicy {
  /**
   * Of equal scores the lowest index stays, the choice of {@code torch.argmax} and so of greedy
   * decoding. No sort of PyTorch is known to do this.
   */
  LOWEST {
    @Override
    int[] ascending(float[] scores) {
      return sorted(scores, -1);
    }
  },

  /**
   * Of equal scores the highest index stays, as after any stable ascending sort. Expected of CUDA,
   * which sorts large rows by radix; not yet confirmed on a GPU.
   */
  HIGHEST {
    @Override
    int[] ascending(float[] scores) {
      return sorted(scores, 0);
    }
  },

  /**
   * What {@code torch.sort} does on the CPU under Linux: the {@code std::sort} of libstdc++, up to
   * 16 elements a stable order. Confirmed with PyTorch 2.13 (index for index up to 151,936 scores,
   * most of them tied); independent of the processor. PyTorch built with another C++ library
   * (macOS, Windows) is not covered.
   */
  TORCH_CPU {
    @Override
    int[] ascending(float[] scores) {
      return StdSort.ascending(scores);
    }
  };

  private static final int NAN_KEY = Integer.MAX_VALUE;

  /** The indices of {@code scores} in ascending order of score, NaN last, ties by this policy. */
  abstract int[] ascending(float[] scores);

  /** Sorts by score, then by index xor {@code flip}: 0 for ascending indices, -1 for descending. */
  private static int[] sorted(float[] scores, int flip) {
    var keys = new long[scores.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) orderedBits(scores[i]) << 32 | (i ^ flip) & 0xFFFF_FFFFL;
    }
    Arrays.sort(keys);
    var order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (int) keys[i] ^ flip;
    }
    return order;
  }

  /** An int that orders like the score; the two zeros are equal. */
  private static int orderedBits(float score) {
    if (Float.isNaN(score)) {
      return NAN_KEY;
    }
    int bits = Float.floatToRawIntBits(score + 0f);
    return bits >= 0 ? bits : bits ^ 0x7FFF_FFFF;
  }
}

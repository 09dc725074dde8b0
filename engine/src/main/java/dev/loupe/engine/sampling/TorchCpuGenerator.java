package dev.loupe.engine.sampling;

import java.util.Arrays;

/**
 * PyTorch's CPU generator after {@code torch.manual_seed(seed)}: MT19937 (Matsumoto and Nishimura
 * 1998) with the low 32 bits of the seed.
 *
 * <p>An exponential draw takes two outputs, the first as the high word; u is the low 53 bits of the
 * two times 2<sup>-53</sup>, and the draw {@code -log1p(-u)} in float64. {@link StrictMath#log1p}
 * is the same on every machine. It differs from glibc's in the last bit for 131 of 200,000
 * arguments, and for none of them after the rounding to float32 or less; a float64 draw can
 * therefore be an ulp off.
 *
 * <p>Holds for PyTorch from 2.5, and earlier without MKL; 2.0 to 2.4 with MKL on x86 used another
 * generator for this distribution.
 */
public final class TorchCpuGenerator implements RandomSource {
  private static final int STATE = 624;
  private static final int MIDDLE = 397;
  private static final int TWIST = 0x9908B0DF;
  private static final long LOW_53_BITS = (1L << 53) - 1;

  private final int[] state = new int[STATE];
  private int next = STATE;

  /** The generator that {@code torch.manual_seed(seed)} leaves behind. */
  public TorchCpuGenerator(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < STATE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
  }

  @Override
  public void exponential(double[] q) {
    Arrays.setAll(q, i -> nextExponential());
  }

  private double nextExponential() {
    long high = nextInt();
    long low = nextInt() & 0xFFFF_FFFFL;
    double u = ((high << 32 | low) & LOW_53_BITS) * 0x1p-53;
    return -StrictMath.log1p(-u);
  }

  /** The next 32 bits of MT19937. */
  int nextInt() {
    if (next == STATE) {
      twist();
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9D2C5680;
    y ^= y << 15 & 0xEFC60000;
    return y ^ y >>> 18;
  }

  private void twist() {
    for (int i = 0; i < STATE; i++) {
      int y = state[i] & 0x8000_0000 | state[(i + 1) % STATE] & 0x7FFF_FFFF;
      state[i] = state[(i + MIDDLE) % STATE] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : TWIST);
    }
  }
}

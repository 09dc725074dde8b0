package dev.loupe.engine.sampling;

/**
 * PyTorch's CUDA generator after {@code torch.manual_seed(seed)}, for float32 and 16-bit tensors on
 * a stated device.
 *
 * <p>The key of Philox is the seed; counter words 2 and 3 are the thread, words 0 and 1 the offset
 * of the call over 4. With T {@linkplain CudaDevice#threads threads}, element e takes thread {@code
 * e mod T}, output word {@code (e / T) mod 4} and the block {@code e / 4T} further on; a call moves
 * the offset by 4 for each block that a thread used. A word x becomes {@code u = float(x) 2^-32 +
 * 2^-33} in (0, 1], and the draw is {@code -log(u)}, or 2<sup>-24</sup> for u from 1 -
 * 2<sup>-24</sup> on (PyTorch: {@code DistributionTemplates.h}, {@code TransformationHelper.h}).
 *
 * <p>Philox itself is tested against the known answers of Random123. The mapping and the offsets
 * follow PyTorch's source and are <strong>not yet confirmed on a GPU</strong>. The logarithm is a
 * stand-in: the device computes {@code __logf}, a table lookup of the special-function unit times
 * ln 2, for which the correctly rounded value is used here; the last bits of a draw can differ, and
 * with them the token where two quotients are that near.
 */
public final class PhiloxGenerator implements RandomSource {
  private static final int WORDS = 4;
  private static final float NEARLY_ONE = 1 - 0x1p-24f;

  private final long seed;
  private final CudaDevice device;
  private long offset;

  /** The generator that {@code torch.manual_seed(seed)} leaves behind on {@code device}. */
  public PhiloxGenerator(long seed, CudaDevice device) {
    this.seed = seed;
    this.device = device;
  }

  @Override
  public void exponential(double[] q) {
    if (q.length == 0) {
      return;
    }
    int threads = device.threads(q.length);
    var words = new int[WORDS];
    long perBlock = (long) WORDS * threads;
    long blocks = (q.length + perBlock - 1) / perBlock;
    for (long block = 0; block < blocks; block++) {
      for (int thread = 0; thread < threads; thread++) {
        Philox.block(offset / WORDS + block, thread, seed, words);
        long element = block * perBlock + thread;
        for (int word = 0; word < WORDS && element < q.length; word++) {
          q[(int) element] = exponential(words[word]);
          element += threads;
        }
      }
    }
    offset += WORDS * blocks;
  }

  /** The offset that {@code torch.cuda} reports after the calls so far. */
  long offset() {
    return offset;
  }

  private static float exponential(int word) {
    float u = (word & 0xFFFF_FFFFL) * 0x1p-32f + 0x1p-33f;
    return u >= NEARLY_ONE ? 0x1p-24f : -(float) StrictMath.log(u);
  }
}

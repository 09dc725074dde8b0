package dev.loupe.tensor.internal;

/**
 * The sums of the norms in the order of PyTorch 2.13 on an x86 CPU, found by comparing results:
 * widths from 32 to 3584 agree in every bit.
 */
final class TorchCpuNormSums implements NormSums {

  /** Lanes of a vector, on every x86 CPU. */
  private static final int LANES = 8;

  /** Vectors that are summed side by side. */
  private static final int SIDE_BY_SIDE = 4;

  /** Levels of partial sums, each as long as this many of the level below, at least. */
  private static final int LEVELS = 4;

  private static final int LEAST_LEVEL_BITS = 4;

  @Override
  public Moments moments(Row x) {
    return TorchCpuMoments.of(x);
  }

  /**
   * {@code x.pow(2).sum()}: 4 x 8 partial sums in a cascade ({@code cascade_sum} of PyTorch), the
   * vectors that are left go to the first 8, then the four are added, then what is left of the row,
   * then the lanes, one after the other.
   */
  @Override
  public float squares(Row x) {
    int vectors = x.count() / LANES;
    int groups = vectors / SIDE_BY_SIDE;
    float[] sums = cascade(x, groups);
    for (int v = groups * SIDE_BY_SIDE; v < vectors; v++) {
      for (int lane = 0; lane < LANES; lane++) {
        sums[lane] += square(x, v * LANES + lane);
      }
    }
    for (int side = 1; side < SIDE_BY_SIDE; side++) {
      for (int lane = 0; lane < LANES; lane++) {
        sums[lane] += sums[side * LANES + lane];
      }
    }
    float sum = 0;
    for (int i = vectors * LANES; i < x.count(); i++) {
      sum += square(x, i);
    }
    for (int lane = 0; lane < LANES; lane++) {
      sum += sums[lane];
    }
    return sum;
  }

  private static float[] cascade(Row x, int groups) {
    int width = SIDE_BY_SIDE * LANES;
    int bits = Math.max(LEAST_LEVEL_BITS, ceilLog2(groups) / LEVELS);
    int step = 1 << bits;
    float[][] levels = new float[LEVELS][width];
    for (int group = 0; group < groups; ) {
      int end = group + step;
      for (; group < Math.min(end, groups); group++) {
        for (int lane = 0; lane < width; lane++) {
          levels[0][lane] += square(x, group * width + lane);
        }
      }
      if (group == end) {
        carry(levels, group, bits);
      }
    }
    for (int level = 1; level < LEVELS; level++) {
      add(levels[0], levels[level]);
    }
    return levels[0];
  }

  /** Moves each level that is full to the one above. */
  private static void carry(float[][] levels, int groups, int bits) {
    int mask = (1 << bits) - 1;
    for (int level = 1; level < LEVELS; level++) {
      add(levels[level], levels[level - 1]);
      levels[level - 1] = new float[levels[level].length];
      if ((groups & mask << level * bits) != 0) {
        return;
      }
    }
  }

  private static void add(float[] to, float[] from) {
    for (int lane = 0; lane < to.length; lane++) {
      to[lane] += from[lane];
    }
  }

  private static int ceilLog2(int n) {
    return n <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(n - 1);
  }

  private static float square(Row x, int i) {
    return x.at(i) * x.at(i);
  }
}

package dev.loupe.tensor.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Mean and variance of a row of 16-bit numbers in the order of PyTorch's CPU: Welford's update in
 * blocks of 16 loads of two vectors of 8 lanes, the blocks joined pairwise like the digits of a
 * binary counter (Chan, Golub and LeVeque 1979), the lanes one after the other, the tail first.
 */
final class TorchCpuMoments {
  private static final int LANES = 8;
  private static final int VECTORS = 2;
  private static final int LOAD = LANES * VECTORS;
  private static final int LOADS_A_BLOCK = 16;

  private TorchCpuMoments() {}

  /** Eight running means and sums of squared differences over the same number of elements. */
  private static final class Lanes {
    final int level;
    final float[] mean = new float[LANES];
    final float[] squares = new float[LANES];
    long count;

    Lanes(int level) {
      this.level = level;
    }

    void update(Row row, int at) {
      count++;
      float share = 1f / count;
      for (int lane = 0; lane < LANES; lane++) {
        float value = row.at(at + lane);
        float delta = value - mean[lane];
        mean[lane] = Math.fma(delta, share, mean[lane]);
        squares[lane] = Math.fma(delta, value - mean[lane], squares[lane]);
      }
    }

    void join(Lanes other) {
      float share = (float) other.count / (count + other.count);
      for (int lane = 0; lane < LANES; lane++) {
        float delta = other.mean[lane] - mean[lane];
        float step = share * delta;
        squares[lane] = Math.fma(delta * count, step, squares[lane] + other.squares[lane]);
        mean[lane] += step;
      }
      count += other.count;
    }
  }

  static Moments of(Row row) {
    int width = row.count();
    int loads = width / LOAD;
    Deque<Lanes> joined = new ArrayDeque<>();
    for (int first = 0; first < loads; first += LOADS_A_BLOCK) {
      int steps = Math.min(LOADS_A_BLOCK, loads - first);
      joined.push(block(row, first * LOAD, steps));
      carry(joined);
    }
    Lanes all = new Lanes(0);
    boolean any = false;
    for (Lanes one : joined) {
      all = any ? joinedInto(all, one) : one;
      any = true;
    }
    return joinLanes(row, loads * LOAD, all);
  }

  private static Lanes joinedInto(Lanes small, Lanes large) {
    small.join(large);
    return small;
  }

  private static Lanes block(Row row, int at, int loads) {
    Lanes block = new Lanes(0);
    for (int vector = 0; vector < VECTORS; vector++) {
      Lanes one = new Lanes(0);
      for (int load = 0; load < loads; load++) {
        one.update(row, at + load * LOAD + vector * LANES);
      }
      block.join(one);
    }
    return block;
  }

  /** Two sums of one size become one of the next, the older taking in the newer. */
  private static void carry(Deque<Lanes> joined) {
    while (joined.size() > 1) {
      Lanes newer = joined.pop();
      Lanes older = joined.peek();
      if (newer.level != older.level) {
        joined.push(newer);
        return;
      }
      joined.pop();
      Lanes sum = new Lanes(newer.level + 1);
      sum.count = older.count;
      System.arraycopy(older.mean, 0, sum.mean, 0, LANES);
      System.arraycopy(older.squares, 0, sum.squares, 0, LANES);
      sum.join(newer);
      joined.push(sum);
    }
  }

  private static Moments joinLanes(Row row, int tail, Lanes all) {
    int width = row.count();
    float mean = 0;
    float squares = 0;
    long count = 0;
    for (int i = tail; i < width; i++) {
      float delta = row.at(i) - mean;
      count++;
      mean += delta / count;
      squares = Math.fma(delta, row.at(i) - mean, squares);
    }
    for (int lane = 0; lane < LANES && all.count > 0; lane++) {
      float share = (float) all.count / (count + all.count);
      float delta = all.mean[lane] - mean;
      mean = Math.fma(share, delta, mean);
      squares += Math.fma(delta * delta * share, count, all.squares[lane]);
      count += all.count;
    }
    return new Moments(mean, squares / width);
  }
}

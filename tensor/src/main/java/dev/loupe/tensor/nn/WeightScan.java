package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Float16;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.Rounding;
import dev.loupe.tensor.internal.WeightBlocks;
import java.util.Arrays;

/**
 * One look at all elements of a stored tensor before it is packed.
 *
 * @param inexact how many change their value in the compute type, overflows not counted
 * @param overflowed how many become infinite in it
 * @param halves whether all are finite and stay so in float16
 */
record WeightScan(long inexact, long overflowed, boolean halves) {
  private static final int BLOCK = 1024;

  /** The result for a tensor that needs no scan. */
  static final WeightScan NOTHING = new WeightScan(0, 0, true);

  static WeightScan of(Tensor stored, DType compute, Backend backend) {
    long elements = stored.shape().elements();
    int blocks = Math.toIntExact((elements + BLOCK - 1) / BLOCK);
    WeightScan[] parts = new WeightScan[backend.threads()];
    Arrays.fill(parts, NOTHING);
    backend.parallel(
        blocks,
        (from, to, worker) ->
            parts[worker] =
                parts[worker].plus(
                    of(
                        stored,
                        compute,
                        (long) from * BLOCK,
                        Math.min((long) to * BLOCK, elements))));
    return Arrays.stream(parts).reduce(NOTHING, WeightScan::plus);
  }

  private static WeightScan of(Tensor stored, DType compute, long from, long to) {
    float[] values = new float[BLOCK];
    short[] halves = new short[BLOCK];
    WeightScan sum = NOTHING;
    for (long i = from; i < to; i += BLOCK) {
      int count = (int) Math.min(BLOCK, to - i);
      WeightBlocks.read(stored, i, values, halves, count);
      sum = sum.plus(of(values, count, compute));
    }
    return sum;
  }

  private static WeightScan of(float[] values, int count, DType compute) {
    int inexact = 0;
    int overflowed = 0;
    int wide = 0;
    for (int i = 0; i < count; i++) {
      float before = values[i];
      float after = Rounding.round(compute, before);
      wide += Math.abs(before) < Float16.OVERFLOW ? 0 : 1;
      if (after != before && !Float.isNaN(before)) {
        if (Float.isInfinite(after)) {
          overflowed++;
        } else {
          inexact++;
        }
      }
    }
    return new WeightScan(inexact, overflowed, wide == 0);
  }

  private WeightScan plus(WeightScan other) {
    return new WeightScan(
        inexact + other.inexact, overflowed + other.overflowed, halves && other.halves);
  }
}

package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.VectorFunctions.rounded;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link TensorStatistics} with vectors, so that an observed run takes little longer than another.
 * Counts and a maximum have no order, so the width of a vector cannot change them.
 */
final class VectorStatistics {
  private static final int WIDTH = VectorWidth.F.length();
  private static final FloatVector ZERO = FloatVector.zero(VectorWidth.F);

  private VectorStatistics() {}

  /**
   * The statistics of numbers that fill whole vectors. A vector that holds an infinity or a NaN
   * afterwards is left to the specification; all others are counted as they come.
   */
  static TensorStatistics of(
      DType dtype, MemorySegment x, long offset, long count, ScalarRowKernels scalar) {
    float smallestNormal = TensorStatistics.Counter.smallestNormal(dtype);
    TensorStatistics odd = TensorStatistics.NONE;
    FloatVector largest = ZERO;
    long zeroed = 0;
    long subnormal = 0;
    long changed = 0;
    for (long i = 0; i < count; i += WIDTH) {
      FloatVector before =
          FloatVector.fromMemorySegment(
              VectorWidth.F, x, (offset + i) * 4, ByteOrder.LITTLE_ENDIAN);
      FloatVector after = rounded(dtype, before);
      FloatVector magnitude = after.abs();
      if (magnitude.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).allTrue()) {
        VectorMask<Float> other = after.compare(VectorOperators.NE, before);
        VectorMask<Float> zero = magnitude.compare(VectorOperators.EQ, ZERO);
        VectorMask<Float> small = magnitude.compare(VectorOperators.LT, smallestNormal);
        largest = largest.max(before.abs());
        changed += other.trueCount();
        zeroed += zero.and(other).trueCount();
        subnormal += small.andNot(zero).trueCount();
      } else {
        odd = odd.plus(uncounted(i - odd.elements()));
        odd = odd.plus(scalar.statistics(dtype, x, offset + i, WIDTH));
      }
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    return new TensorStatistics(0, max, 0, 0, 0, -1, -1, -1, zeroed, subnormal, changed)
        .plus(odd.plus(uncounted(count - odd.elements())));
  }

  /** Stands for numbers that are counted elsewhere. */
  private static TensorStatistics uncounted(long elements) {
    return new TensorStatistics(elements, 0, 0, 0, 0, -1, -1, -1, 0, 0, 0);
  }
}

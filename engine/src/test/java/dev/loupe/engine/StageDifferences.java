package dev.loupe.engine;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often, and by how much, two results of the same 16-bit stages differ. NaN is a class.
 *
 * <p>A distance counts in units of the last place at the larger of two magnitudes: the result's,
 * and the largest of its row over 16. A residual sum may cancel to nearly nothing, and then its own
 * last place says nothing of the numbers that were rounded.
 */
final class StageDifferences {

  /** The counts of one stage. */
  static final class Counts {
    long elements;
    long differing;
    long nanMismatches;
    long aboveTwoUlps;
    double worstUlps;

    double share() {
      return elements == 0 ? 0 : (double) differing / elements;
    }
  }

  private final DType dtype;
  private final Map<String, Counts> stages = new TreeMap<>();

  StageDifferences(DType dtype) {
    this.dtype = dtype;
  }

  Map<String, Counts> stages() {
    return stages;
  }

  Counts of(String stage) {
    return stages.computeIfAbsent(stage, name -> new Counts());
  }

  /** Compares all rows of {@code one} with the last rows of {@code other}. */
  void add(String stage, Tensor one, Tensor other) {
    Counts counts = of(stage);
    int width = one.columnCount();
    long skip = other.shape().elements() - one.shape().elements();
    for (int row = 0; row < one.rowCount(); row++) {
      long at = (long) row * width;
      float largest = largest(one, at, width);
      for (long i = at; i < at + width; i++) {
        compare(counts, one.getFloat(i), other.getFloat(skip + i), largest);
      }
    }
  }

  private static float largest(Tensor t, long at, int width) {
    float largest = 0;
    for (long i = at; i < at + width; i++) {
      float magnitude = Math.abs(t.getFloat(i));
      largest = magnitude < Float.POSITIVE_INFINITY ? Math.max(largest, magnitude) : largest;
    }
    return largest;
  }

  private void compare(Counts counts, float a, float b, float largest) {
    counts.elements++;
    if (Float.isNaN(a) || Float.isNaN(b)) {
      counts.nanMismatches += Float.isNaN(a) == Float.isNaN(b) ? 0 : 1;
    } else if (a != b) {
      double ulps = Math.abs((double) a - b) / ulp(Math.max(Math.abs(a), largest / 16));
      counts.differing++;
      counts.aboveTwoUlps += ulps > 2 ? 1 : 0;
      counts.worstUlps = Math.max(counts.worstUlps, ulps);
    }
  }

  private float ulp(float magnitude) {
    if (dtype == DType.F32) {
      return Math.ulp(magnitude);
    }
    HalfFormat format = HalfFormat.of(dtype);
    return format.toFloat(format.ulp(format.fromFloat(magnitude)));
  }

  void print(String title) {
    stages.forEach((stage, c) ->
        System.out.printf(
            "%s %-20s %7d elements, %5d differ (%.4f %%), %3d by more than 2 ulps, worst %.1f%n",
            title, stage, c.elements, c.differing, 100 * c.share(), c.aboveTwoUlps, c.worstUlps));
  }
}

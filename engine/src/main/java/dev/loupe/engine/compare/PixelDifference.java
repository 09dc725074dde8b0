package dev.loupe.engine.compare;

import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Names the difference of two {@code pixel_values}. A row is a patch: all of red, all of green, all
 * of blue, each normalised by the mean and deviation that Qwen2-VL was trained with.
 */
final class PixelDifference {
  private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
  private static final double[] DEVIATION = {0.26862954, 0.26130258, 0.27577711};
  private static final List<String> COLOURS = List.of("red", "green", "blue");
  private static final List<int[]> ORDERS =
      List.of(
          new int[] {2, 1, 0},
          new int[] {1, 0, 2},
          new int[] {0, 2, 1},
          new int[] {1, 2, 0},
          new int[] {2, 0, 1});

  /** A step of 8 bits. */
  private static final double STEP = 1.0 / 255;

  /** Mean distance, in steps, up to which two pictures are taken for one. */
  private static final double ALIKE = 8;

  private final Tensor a;
  private final Tensor b;
  private final int columns;

  /** A number of a picture from that of another. */
  @FunctionalInterface
  private interface Distance {
    double of(float[] a, float[] b, int channel, int i);
  }

  private PixelDifference(Tensor a, Tensor b) {
    this.a = a;
    this.b = b;
    this.columns = Values.columns(a);
  }

  /** What the difference is, in words. Both are [patches, values], of one shape. */
  static String of(Tensor a, Tensor b) {
    PixelDifference p = new PixelDifference(a, b);
    if (p.columns % 3 != 0) {
      return "the pictures differ";
    }
    for (int[] order : ORDERS) {
      if (p.largest(p.permuted(order)) < STEP / 2
          || p.largest(p.permutedBefore(order)) < STEP / 2) {
        return named(order);
      }
    }
    return p.affine() ? "the same picture, scaled or normalised otherwise" : p.alike();
  }

  private static String named(int[] order) {
    for (int c = 0; c < 3; c++) {
      if (order[c] == c) {
        return "%s and %s are swapped"
            .formatted(COLOURS.get(c == 0 ? 1 : 0), COLOURS.get(c == 2 ? 1 : 2));
      }
    }
    return "the channels are in another order: B has %s, %s, %s of A"
        .formatted(COLOURS.get(order[0]), COLOURS.get(order[1]), COLOURS.get(order[2]));
  }

  /** Channels exchanged after they were normalised. */
  private Distance permuted(int[] order) {
    return (x, y, c, i) -> x[order[c] * (columns / 3) + i] - y[c * (columns / 3) + i];
  }

  /** Channels exchanged before: in the picture itself. */
  private Distance permutedBefore(int[] order) {
    return (x, y, c, i) -> level(x, order[c], i) - level(y, c, i);
  }

  /** A number between 0 and 1, as it was before it was normalised. */
  private double level(float[] row, int channel, int i) {
    return row[channel * (columns / 3) + i] * DEVIATION[channel] + MEAN[channel];
  }

  private double largest(Distance distance) {
    double largest = 0;
    float[] x = new float[columns];
    float[] y = new float[columns];
    for (int row = 0; row < Values.rows(a); row++) {
      Values.read(a, row, x);
      Values.read(b, row, y);
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < columns / 3; i++) {
          largest = Math.max(largest, Math.abs(distance.of(x, y, c, i)));
        }
      }
      if (largest >= STEP / 2) {
        return largest;
      }
    }
    return largest;
  }

  /** Whether each channel of B is that of A, times a factor, plus a number. */
  private boolean affine() {
    for (int c = 0; c < 3; c++) {
      OptionalDouble correlation = correlation(c);
      if (correlation.isEmpty() || correlation.getAsDouble() < 1 - 1e-6) {
        return false;
      }
    }
    return true;
  }

  private OptionalDouble correlation(int channel) {
    double n = 0;
    double[] sums = new double[5];
    float[] x = new float[columns];
    float[] y = new float[columns];
    for (int row = 0; row < Values.rows(a); row++) {
      Values.read(a, row, x);
      Values.read(b, row, y);
      for (int i = channel * (columns / 3); i < (channel + 1) * (columns / 3); i++) {
        n++;
        sums[0] += x[i];
        sums[1] += y[i];
        sums[2] += (double) x[i] * x[i];
        sums[3] += (double) y[i] * y[i];
        sums[4] += (double) x[i] * y[i];
      }
    }
    double xx = sums[2] - sums[0] * sums[0] / n;
    double yy = sums[3] - sums[1] * sums[1] / n;
    double xy = sums[4] - sums[0] * sums[1] / n;
    return xx > 0 && yy > 0 ? OptionalDouble.of(xy / Math.sqrt(xx * yy)) : OptionalDouble.empty();
  }

  private String alike() {
    double largest = 0;
    double sum = 0;
    float[] x = new float[columns];
    float[] y = new float[columns];
    for (int row = 0; row < Values.rows(a); row++) {
      Values.read(a, row, x);
      Values.read(b, row, y);
      for (int i = 0; i < columns; i++) {
        double steps = Math.abs((double) x[i] - y[i]) * DEVIATION[i / (columns / 3)] / STEP;
        largest = Math.max(largest, steps);
        sum += steps;
      }
    }
    double mean = sum / a.shape().elements();
    return String.format(
        Locale.ROOT,
        mean <= ALIKE
            ? "like the same picture, decoded or resized otherwise: up to %.3g of 255 steps, %.2g "
                + "on average"
            : "another picture: up to %.3g of 255 steps, %.3g on average",
        largest,
        mean);
  }
}

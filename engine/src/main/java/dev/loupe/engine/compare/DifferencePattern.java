package dev.loupe.engine.compare;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** Names what a difference beyond rounding looks like, where it looks like something. */
final class DifferencePattern {

  /** The share of a difference's squares that a pattern must explain. */
  private static final double EXPLAINED = 0.98;

  /** Elements to look at, in the last rows: a limit of memory. */
  private static final int LOOKED_AT = 1 << 22;

  private final float[][] a;
  private final float[][] b;

  private DifferencePattern(Tensor one, Tensor other, DType dtype) {
    int rows = Math.min(Values.rows(one), Values.rows(other));
    rows = Math.min(rows, Math.max(1, LOOKED_AT / Math.max(1, Values.columns(one))));
    a = read(one, rows, dtype);
    b = read(other, rows, dtype);
  }

  private static float[][] read(Tensor t, int rows, DType dtype) {
    float[][] values = new float[rows][Values.columns(t)];
    for (int r = 0; r < rows; r++) {
      Values.read(t, Values.rows(t) - rows + r, values[r]);
      for (int i = 0; i < values[r].length; i++) {
        values[r][i] = Values.round(values[r][i], dtype);
      }
    }
    return values;
  }

  /** What the difference of two tensors looks like, in words; never empty. */
  static String of(Tensor one, Tensor other, DType dtype, StageDistance d) {
    DifferencePattern p = new DifferencePattern(one, other, dtype);
    int columns = Values.columns(one);
    if (p.a.length >= 2 && p.shifted(1)) {
      return "row r of B is row r + 1 of A: the rows are shifted";
    }
    if (p.a.length >= 2 && p.shifted(-1)) {
      return "row r + 1 of B is row r of A: the rows are shifted";
    }
    if (d.differingRows().cardinality() == 1 && p.a.length > 2) {
      return d.differing() == 1
          ? "only this element differs"
          : "only row %d differs, in %d of its %d elements"
              .formatted(d.differingRows().nextSetBit(0), d.differing(), columns);
    }
    if (p.a.length >= 4 && p.sameInEveryRow()) {
      return "every row differs by the same numbers: a bias is missing, doubled or another one";
    }
    double factor = p.factor();
    if (!Double.isNaN(factor) && Math.abs(factor - 1) > 1e-3) {
      return String.format(Locale.ROOT, "B is A times %.6g", factor);
    }
    String size =
        String.format(
            Locale.ROOT,
            "%.3g %% of the elements differ, by %.3g %% of the stage's size",
            100 * d.share(),
            100 * d.relativeRms());
    return d.share() > 0.9
        ? size + ": other weights, a missing operation or another setting can be the cause"
        : size;
  }

  /** Whether rows of B are those of A some places away. */
  private boolean shifted(int by) {
    int compared = 0;
    for (int r = Math.max(0, -by); r < a.length - Math.max(0, by); r++) {
      float[] x = a[r + by];
      if (!Arrays.equals(x, b[r])) {
        return false;
      }
      compared += Arrays.equals(a[r], x) ? 0 : 1;
    }
    return compared > 0;
  }

  /** Whether B - A is a row that repeats. */
  private boolean sameInEveryRow() {
    int columns = a[0].length;
    double all = 0;
    double explained = 0;
    for (int i = 0; i < columns; i++) {
      double sum = 0;
      for (int r = 0; r < a.length; r++) {
        double difference = (double) b[r][i] - a[r][i];
        sum += difference;
        all += difference * difference;
      }
      explained += sum * sum / a.length;
    }
    return explained > EXPLAINED * all;
  }

  /** The factor from A to B; NaN if there is none. */
  private double factor() {
    double products = 0;
    double squares = 0;
    for (int r = 0; r < a.length; r++) {
      for (int i = 0; i < a[r].length; i++) {
        products += (double) a[r][i] * b[r][i];
        squares += (double) a[r][i] * a[r][i];
      }
    }
    double factor = products / squares;
    double rest = 0;
    double difference = 0;
    for (int r = 0; r < a.length; r++) {
      for (int i = 0; i < a[r].length; i++) {
        double left = b[r][i] - factor * a[r][i];
        double whole = (double) b[r][i] - a[r][i];
        rest += left * left;
        difference += whole * whole;
      }
    }
    return rest < (1 - EXPLAINED) * difference ? factor : Double.NaN;
  }
}

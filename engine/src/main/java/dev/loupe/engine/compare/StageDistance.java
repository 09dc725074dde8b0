package dev.loupe.engine.compare;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.BitSet;
import java.util.Optional;

/**
 * How far two results of one stage are from each other.
 *
 * <p>A distance counts in units in the last place of the coarser type at the larger of two
 * magnitudes: the element's, and the largest of its row over 16. A residual sum may cancel to
 * nearly nothing, and then its own last place says nothing of the numbers that were rounded.
 *
 * @param rows rows that were compared
 * @param columns elements of a row
 * @param elements elements that were compared
 * @param differing those that differ, not finite ones included
 * @param onlyOneInfinite elements that are infinite in one, and in the other finite or of the other
 *     sign
 * @param onlyOneNan elements that are NaN in one and not in the other
 * @param notFiniteInBoth elements that are NaN in both, or the same infinity
 * @param meanUlps the mean distance of the finite elements that differ
 * @param worstUlps the largest distance
 * @param relativeRms the root mean square of the difference over that of A
 * @param relativeMax the largest difference over the largest magnitude of A
 * @param first the first element that differs; empty if none does
 * @param firstNotFinite the first that is infinite in one alone, or else NaN; empty if there is
 *     none
 * @param differingRows rows with an element that differs, counted as in the longer tensor
 */
public record StageDistance(
    int rows,
    int columns,
    long elements,
    long differing,
    long onlyOneInfinite,
    long onlyOneNan,
    long notFiniteInBoth,
    double meanUlps,
    double worstUlps,
    double relativeRms,
    double relativeMax,
    Optional<Element> first,
    Optional<Element> firstNotFinite,
    BitSet differingRows) {

  /**
   * An element of a stage.
   *
   * @param row counted from 0
   * @param index in its row, counted from 0
   * @param a the number in A, as stored
   * @param b the number in B, as stored
   */
  public record Element(int row, int index, float a, float b) {}

  /** The share of the elements that differ. */
  public double share() {
    return elements == 0 ? 0 : (double) differing / elements;
  }

  /**
   * Compares two tensors with rows of one length. If one has a single row and the other more, that
   * is the last row.
   *
   * @param dtype what both are rounded to first
   * @param included the rows to compare, by their place in the longer tensor
   */
  static StageDistance of(Tensor a, Tensor b, DType dtype, BitSet included) {
    Counter counter = new Counter(dtype, Values.columns(a));
    int rows = Math.max(Values.rows(a), Values.rows(b));
    int skipA = rows - Values.rows(a);
    int skipB = rows - Values.rows(b);
    for (int row = included.nextSetBit(0); row >= 0; row = included.nextSetBit(row + 1)) {
      if (row >= skipA && row >= skipB) {
        Values.read(a, row - skipA, counter.a);
        Values.read(b, row - skipB, counter.b);
        counter.row(row);
      }
    }
    return counter.result();
  }

  /** Counts row by row. */
  private static final class Counter {
    private final DType dtype;
    private final float[] a;
    private final float[] b;
    private final BitSet differingRows = new BitSet();
    private int rows;
    private long differing;
    private long finite;
    private long infinite;
    private long nan;
    private long alike;
    private double ulps;
    private double worst;
    private double squares;
    private double squaresOfA;
    private double largestDifference;
    private double largestOfA;
    private Optional<Element> first = Optional.empty();
    private Optional<Element> firstInfinite = Optional.empty();
    private Optional<Element> firstNan = Optional.empty();

    Counter(DType dtype, int columns) {
      this.dtype = dtype;
      this.a = new float[columns];
      this.b = new float[columns];
    }

    void row(int row) {
      float floor = 0;
      for (float x : a) {
        floor = Float.isFinite(x) ? Math.max(floor, Math.abs(x) / 16) : floor;
      }
      long before = differing;
      for (int i = 0; i < a.length; i++) {
        element(row, i, floor);
      }
      if (differing > before) {
        differingRows.set(row);
      }
      rows++;
    }

    private void element(int row, int i, float floor) {
      float x = a[i];
      float y = b[i];
      if (!Float.isFinite(x) || !Float.isFinite(y)) {
        if (Float.isNaN(x) && Float.isNaN(y) || x == y) {
          alike++;
        } else {
          Element here = differs(row, i);
          if (Float.isNaN(x) || Float.isNaN(y)) {
            nan++;
            firstNan = firstNan.or(() -> Optional.of(here));
          } else {
            infinite++;
            firstInfinite = firstInfinite.or(() -> Optional.of(here));
          }
        }
        return;
      }
      double rounded = Values.round(x, dtype);
      double difference = Math.abs(rounded - Values.round(y, dtype));
      if (Double.isFinite(rounded)) { // Both types overflow alike.
        squaresOfA += rounded * rounded;
        largestOfA = Math.max(largestOfA, Math.abs(rounded));
      }
      if (difference > 0) {
        double distance = difference / Values.ulp(Math.max(Math.abs(x), floor), dtype);
        ulps += distance;
        finite++;
        worst = Math.max(worst, distance);
        squares += difference * difference;
        largestDifference = Math.max(largestDifference, difference);
        differs(row, i);
      }
    }

    private Element differs(int row, int i) {
      differing++;
      Element here = new Element(row, i, a[i], b[i]);
      first = first.or(() -> Optional.of(here));
      return here;
    }

    StageDistance result() {
      return new StageDistance(
          rows,
          a.length,
          (long) rows * a.length,
          differing,
          infinite,
          nan,
          alike,
          finite == 0 ? 0 : ulps / finite,
          worst,
          squares == 0 ? 0 : Math.sqrt(squares / squaresOfA),
          largestDifference == 0 ? 0 : largestDifference / largestOfA,
          first,
          firstInfinite.or(() -> firstNan),
          differingRows);
    }
  }
}

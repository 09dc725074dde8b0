package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.StageId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * How many rows hold NaN after a stage.
 *
 * @param stage as {@code trace} shows it
 * @param nanRows how many rows hold a NaN
 * @param rows of the stage: tokens, in the vision tower patches
 * @param first the first row with a NaN, -1 if none
 * @param spans the rows that hold one, in order: neighbours are one span
 */
public record NanRows(StageId stage, int nanRows, int rows, int first, List<Span> spans) {

  /**
   * Neighbouring rows.
   *
   * @param first row
   * @param rows how many
   */
  public record Span(int first, int rows) {}

  /** Copies the list. */
  public NanRows {
    spans = List.copyOf(spans);
  }

  /** Looks at each row of a stage. */
  static NanRows of(StageId stage, int rows, IntPredicate hasNan) {
    List<Span> spans = new ArrayList<>();
    int nan = 0;
    for (int row = 0; row < rows; row++) {
      if (!hasNan.test(row)) {
        continue;
      }
      nan++;
      boolean goesOn = !spans.isEmpty() && spans.getLast().first + spans.getLast().rows == row;
      Span before = goesOn ? spans.removeLast() : new Span(row, 0);
      spans.add(new Span(before.first, before.rows + 1));
    }
    return new NanRows(stage, nan, rows, spans.isEmpty() ? -1 : spans.getFirst().first, spans);
  }
}

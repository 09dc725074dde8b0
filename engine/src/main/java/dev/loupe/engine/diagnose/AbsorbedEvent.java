package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Step;

/**
 * Infinities that came back finite.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer, counted from 1
 * @param overflow which, and the place of the first
 * @param place the row in words: its token, or its patch in the picture
 */
public record AbsorbedEvent(int pass, AbsorbedOverflow overflow, String place) {

  /** Whether it is a score, so that the row is a query and the element a key. */
  public boolean isScore() {
    return overflow.operation().step() == Step.SCORES;
  }

  /** What is counted: {@code score}, {@code row} of a norm, or {@code element}. */
  public String noun() {
    return switch (overflow.how()) {
      case SUM_OF_SQUARES, INFINITE_ROW -> "row";
      case SIGMOID -> "element";
      case MASK, SOFTMAX, CLAMP, REPLACEMENT -> "score";
    };
  }
}

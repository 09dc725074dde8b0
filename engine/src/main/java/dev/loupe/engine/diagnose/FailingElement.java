package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.OperationId;
import java.util.OptionalInt;

/**
 * The element at which something went wrong first, with what it is computed from.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer, counted from 1
 * @param operation which
 * @param head query head of attention
 * @param event what happens there
 * @param operands of the element
 */
public record FailingElement(
    int pass, OperationId operation, OptionalInt head, Event event, Operands operands) {

  /** What can happen to an element. */
  public enum Event {
    /** Its float32 value is past the range of the type. */
    OVERFLOW,
    /** A float16 accumulator overflows on the way to it. */
    SUM_OVERFLOW,
    /** It, or a number on the way to it, is infinite and becomes finite. */
    ABSORBED
  }
}

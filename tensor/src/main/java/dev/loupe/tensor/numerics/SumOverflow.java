package dev.loupe.tensor.numerics;

import java.util.OptionalInt;

/**
 * A product of which sums overflowed before they were complete, because a matrix unit ended each
 * step in float16. All operands were finite. The place is that of the first sum, in the order of
 * heads, rows and elements.
 *
 * @param operation which product
 * @param head query head, of a product of attention
 * @param row of the result: of the tokens of this pass, or of the patches of the tower
 * @param element column of the result; of scores the key, as a position or a patch
 * @param firstTerm first term of the step that ended in infinity, counted from 0
 * @param lastTerm the last term of this step
 * @param terms how many terms the whole sum has
 * @param before what the accumulator held before this step
 * @param float32 the whole sum with a float32 accumulator, without the bias
 * @param rounded the same with the bias, rounded to float16: the result of such a unit
 * @param sums how many sums of the operation overflowed so
 */
public record SumOverflow(
    OperationId operation,
    OptionalInt head,
    int row,
    int element,
    int firstTerm,
    int lastTerm,
    int terms,
    float before,
    float float32,
    float rounded,
    long sums) {

  /** The same place with another number of sums. */
  public SumOverflow withSums(long all) {
    return new SumOverflow(
        operation, head, row, element, firstTerm, lastTerm, terms, before, float32, rounded, all);
  }

  /** Whether a float32 accumulator would have given a finite result. */
  public boolean finiteInFloat32() {
    return Math.abs(rounded) < Float.POSITIVE_INFINITY;
  }
}

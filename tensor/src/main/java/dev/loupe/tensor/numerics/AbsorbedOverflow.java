package dev.loupe.tensor.numerics;

import java.util.OptionalInt;

/**
 * Infinities that an operation made or met, and that came back finite. The place is that of the
 * first, in the order of heads, rows and elements.
 *
 * @param operation which absorbed them
 * @param how it did
 * @param head query head, of scores
 * @param row of the tokens of this pass, or of the patches of the tower; of scores the query, as a
 *     position or a patch
 * @param element column of the row: the infinity, or the largest number of a row whose squares add
 *     up to it; of scores the key, as a position or a patch
 * @param before the number there: of scores before it is rounded
 * @param after what became of it; of scores the weight, or what stands in place of the score
 * @param count how many there are: scores, elements of an activation, or rows of a norm
 */
public record AbsorbedOverflow(
    OperationId operation,
    Absorption how,
    OptionalInt head,
    int row,
    int element,
    float before,
    float after,
    long count) {

  /** These and others of the same operation that follow them. */
  public AbsorbedOverflow plus(AbsorbedOverflow later) {
    return new AbsorbedOverflow(
        operation, how, head, row, element, before, after, count + later.count);
  }
}

package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.OperationId;
import java.util.Optional;

/**
 * The first operation of a run whose result was rounded to infinity.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer, counted from 1
 * @param operation which
 * @param score the first score that overflowed, if the operation is eager attention's
 * @param row of the result: a token's position; of scores of the vision tower a patch; of its other
 *     operations the element's index is all that is known, and -1 stands here
 * @param index of the first infinite element in the whole result
 * @param largest the largest magnitude before rounding
 */
public record Overflow(
    int pass,
    OperationId operation,
    Optional<ExtremeScore> score,
    long row,
    long index,
    float largest) {}

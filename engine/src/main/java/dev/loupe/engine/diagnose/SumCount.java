package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.OperationId;

/**
 * How many sums of a product overflowed in float16 accumulators in one pass.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer
 * @param operation which product
 * @param sums how many of its sums
 */
public record SumCount(int pass, OperationId operation, long sums) {}

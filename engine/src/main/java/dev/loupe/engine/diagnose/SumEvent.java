package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.SumOverflow;

/**
 * A sum that overflowed in a float16 accumulator.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer, counted from 1
 * @param sum which, and at which of its terms
 * @param place the row in words: its token, or its patch in the picture
 */
public record SumEvent(int pass, SumOverflow sum, String place) {}

package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExtremeScore;

/**
 * A score and when it was computed.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer (counted from 1), which
 *     brings a new query and a new key
 * @param score what was computed
 */
public record ScoreEvent(int pass, ExtremeScore score) {}

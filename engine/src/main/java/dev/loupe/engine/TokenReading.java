package dev.loupe.engine;

import dev.loupe.tensor.nn.TokenDistribution;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a token was chosen from.
 *
 * @param step which token of the answer, counted from 0
 * @param token the one that was chosen; empty if none could be
 * @param distribution that of the logits, before penalties and other rules
 * @param peak the largest score of eager attention so far; empty where scores are not float16
 * @param warning what came near a limit, or crossed one, with its place; said once, when it is new
 */
public record TokenReading(
    int step,
    OptionalInt token,
    TokenDistribution distribution,
    Optional<ScorePeak> peak,
    Optional<String> warning) {}

package dev.loupe.engine.diagnose;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a remedy does to the prompt, compared with float32.
 *
 * @param remedy which
 * @param outcome of its run
 * @param logitDifference the largest difference of the logits of the first token from float32's;
 *     empty if some are not finite
 * @param firstDifferentToken the first token of the answer, counted from 1, that is not float32's;
 *     empty if none
 * @param verdict by the rules of {@link Verdict}
 */
public record RemedyReport(
    Remedy remedy,
    Outcome outcome,
    OptionalDouble logitDifference,
    OptionalInt firstDifferentToken,
    Verdict verdict) {}

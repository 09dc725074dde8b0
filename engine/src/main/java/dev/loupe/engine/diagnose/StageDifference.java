package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.StageId;

/**
 * How far a stage of the prompt's pass is from the same stage of another run.
 *
 * @param stage which
 * @param elements how many numbers of it were compared
 * @param differing how many of them differ; NaN is one number
 * @param finiteInOne how many are finite in one run only
 * @param finiteInBoth how many are finite in both
 * @param largest the largest difference of two finite numbers
 * @param share the same as a share of the largest finite number of the other run's stage; 0 if that
 *     has none but 0
 */
public record StageDifference(
    StageId stage,
    long elements,
    long differing,
    long finiteInOne,
    long finiteInBoth,
    double largest,
    double share) {}

package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.StageId;

/**
 * How many rows hold NaN after a stage.
 *
 * @param stage as {@code trace} shows it
 * @param nanRows how many rows hold a NaN
 * @param rows of the stage: tokens, in the vision tower patches
 * @param first the first row with a NaN, -1 if none
 */
public record NanRows(StageId stage, int nanRows, int rows, int first) {}

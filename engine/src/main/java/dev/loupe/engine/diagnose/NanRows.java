package dev.loupe.engine.diagnose;

/**
 * How far NaN had come after a stage.
 *
 * @param stage by the name that {@code trace} gives it
 * @param nanRows how many rows hold a NaN
 * @param rows of the stage: tokens, in the vision tower patches
 * @param first the first row with a NaN, -1 if none
 */
public record NanRows(String stage, int nanRows, int rows, int first) {}

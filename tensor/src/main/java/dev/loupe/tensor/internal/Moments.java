package dev.loupe.tensor.internal;

/**
 * What LayerNorm needs to know of a row.
 *
 * @param mean of the row
 * @param variance biased: divided by the number of elements
 */
record Moments(float mean, float variance) {}

/**
 * Models that need no download: the shapes of published checkpoints with weights made by rule, to
 * try memory and time.
 *
 * <h2>Numerics</h2>
 *
 * <p>Weights are computed in float64 and rounded to float32 and then to bfloat16, each time to
 * nearest even, with no function but the square root, which Java and NumPy both round correctly;
 * thread count and order of access cannot change a bit.
 */
package dev.loupe.weights.synthetic;

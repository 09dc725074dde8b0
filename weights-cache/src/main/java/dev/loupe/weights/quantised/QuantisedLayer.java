package dev.loupe.weights.quantised;

/**
 * How a linear layer is quantised, for people.
 *
 * @param format {@code AWQ (gemm)}
 * @param bits of an integer, 4 or 8
 * @param groupSize inputs that share a scale, -1 for all; their mean where groups differ
 * @param weights how many
 * @param bytes of all its parts as they are stored, without a bias
 */
public record QuantisedLayer(String format, int bits, int groupSize, long weights, long bytes) {}

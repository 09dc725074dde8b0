package dev.loupe.weights.quantised;

/**
 * The weights of one linear layer: {@code w = (q - z) s}, with an integer q for each weight, and a
 * zero point z and a scale s for each output and group of inputs.
 *
 * <p>q - z has at most 9 bits and a 16-bit scale at most 11, so the product is exact in float32.
 *
 * @param integers q
 * @param zeros z, [groups][outputs]
 * @param scales s, [groups][outputs], rounded to the compute type
 * @param groups the group of each input
 */
record Dequantiser(Integers integers, int outputs, int[] zeros, float[] scales, int[] groups) {

  /** The stored integers of a layer. */
  @FunctionalInterface
  interface Integers {
    /** q of one weight. */
    int get(int output, int input);
  }

  /** The weight from an input to an output, not yet rounded to the compute type. */
  float weight(int output, int input) {
    int at = groups[input] * outputs + output;
    return (integers.get(output, input) - zeros[at]) * scales[at];
  }

  /** Groups of equal size, one after the other. */
  static int[] evenGroups(int inputs, int count) {
    int[] groups = new int[inputs];
    for (int k = 0; k < inputs; k++) {
      groups[k] = k / (inputs / count);
    }
    return groups;
  }
}

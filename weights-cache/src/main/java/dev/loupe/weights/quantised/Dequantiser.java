package dev.loupe.weights.quantised;

import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.StoredIntegers;
import java.util.Arrays;

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

  /** The same for panels, whose integers are signed and whose groups may be parts of these. */
  StoredIntegers.Numbers in(QuantisedType panels) {
    int middle = 1 << panels.bits() - 1;
    return new StoredIntegers.Numbers() {
      @Override
      public int integer(int output, int input) {
        return integers.get(output, input) - middle;
      }

      @Override
      public int zero(int output, int group) {
        return zeros[at(output, group)] - middle;
      }

      @Override
      public float scale(int output, int group) {
        return scales[at(output, group)];
      }

      private int at(int output, int group) {
        return groups[group * panels.group()] * outputs + output;
      }
    };
  }

  /** Whether groups are of equal size and one after the other. */
  static boolean areEven(int[] groups, int count) {
    return groups.length % count == 0 && Arrays.equals(groups, evenGroups(groups.length, count));
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

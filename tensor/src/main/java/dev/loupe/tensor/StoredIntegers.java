package dev.loupe.tensor;

import java.io.IOException;

/**
 * A matrix W [outputs, inputs] that a checkpoint stores as integers, and that is packed as such.
 */
public interface StoredIntegers {

  /** How it is packed. */
  QuantisedType type();

  /**
   * Reads scales and zero points.
   *
   * @throws IOException if one cannot be
   */
  Numbers open() throws IOException;

  /**
   * The numbers: {@code w = (integer - zero) scale}, exactly, in float32. A group is one of {@link
   * #type}. Safe for use by several threads; ends with the view of the matrix.
   */
  interface Numbers {

    /** Signed, of as many bits as the type has. */
    int integer(int output, int input);

    /** The zero point of a group; 0 where the type has none. */
    int zero(int output, int group);

    /** The scale of a group, which float16 holds. */
    float scale(int output, int group);
  }
}

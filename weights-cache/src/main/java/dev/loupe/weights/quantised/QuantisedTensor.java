package dev.loupe.weights.quantised;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.QuantisedType;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A matrix W [outputs, inputs] as a format stores it. Types and shapes of its parts are checked
 * when it is made, their numbers when it is {@linkplain #open opened}.
 */
interface QuantisedTensor {

  /** How its format is called: {@code AWQ}. */
  String format();

  /** Bits of an integer: 4 or 8. */
  int bits();

  /** Rows of W. */
  int outputs();

  /** Columns of W. */
  int inputs();

  /** How many groups the inputs of an output fall into, each with a scale. */
  int groups();

  /** What the names of its parts end in, the integers first. */
  List<String> parts();

  /** Whether the reference multiplies by {@code torch.matmul}: {@link LinearLayout#matmul}. */
  boolean isMatmul();

  /**
   * Reads zero points, scales and groups. What it returns reads the integers where they are stored,
   * until {@link #release}.
   *
   * @param compute the type that scales are rounded to
   * @throws IOException if the numbers of a part cannot be
   */
  Dequantiser open(DType compute) throws IOException;

  /**
   * Which panels hold the integers as they are; empty if none do, because groups are of another
   * size or not in their order, or float16 does not hold the scales.
   *
   * @throws IOException if a part that tells cannot be read
   */
  Optional<QuantisedType> panels() throws IOException;

  /** Says that the integers are no longer read. */
  void release();
}

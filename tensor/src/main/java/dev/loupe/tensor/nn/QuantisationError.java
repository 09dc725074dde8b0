package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.PanelMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * How far the weights of a matrix move when they become integers.
 *
 * @param squares the sum of the squares of the weights
 * @param errors the sum of the squares of what they move by
 */
public record QuantisationError(double squares, double errors) {

  /** Of no weights. */
  public static final QuantisationError NONE = new QuantisationError(0, 0);

  /**
   * The error of a stored matrix [outputs, depth].
   *
   * @param name of the matrix, for the message
   * @param backend whose threads quantise it
   * @throws IOException if there are weights that cannot become integers, as for {@link
   *     LayerLoader}
   */
  public static QuantisationError of(
      String name, Tensor stored, QuantisedType type, Backend backend) throws IOException {
    LayerLoader.requireQuantisable(name, stored, "the checkpoint", backend);
    int depth = stored.columnCount();
    try (Arena arena = Arena.ofShared()) {
      PanelMatrix panels = PanelMatrix.allocate(arena, type.storage(), stored.rowCount(), depth);
      QuantisationError[] parts = new QuantisationError[panels.panels()];
      backend.parallel(
          parts.length,
          (from, to, worker) -> {
            panels.quantisePanels(stored, from, to);
            for (int panel = from; panel < to; panel++) {
              parts[panel] = of(stored, panels, panel);
            }
          });
      QuantisationError sum = NONE;
      for (QuantisationError part : parts) {
        sum = sum.plus(part);
      }
      return sum;
    }
  }

  private static QuantisationError of(Tensor stored, PanelMatrix panels, int panel) {
    double squares = 0;
    double errors = 0;
    int first = panel * PanelMatrix.LANES;
    for (int n = first; n < Math.min(first + PanelMatrix.LANES, panels.outputs()); n++) {
      for (int k = 0; k < panels.depth(); k++) {
        double w = stored.getFloat((long) n * panels.depth() + k);
        double error = w - panels.weight(panel, k, n - first);
        squares += w * w;
        errors += error * error;
      }
    }
    return new QuantisationError(squares, errors);
  }

  /** Of the weights of two matrices together. */
  public QuantisationError plus(QuantisationError other) {
    return new QuantisationError(squares + other.squares, errors + other.errors);
  }

  /**
   * The root of the mean squared error of a product, over that of the product, for inputs that are
   * independent of each other and of the weights.
   */
  public double relative() {
    return squares == 0 ? 0 : Math.sqrt(errors / squares);
  }
}

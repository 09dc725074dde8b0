package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

/**
 * Neighbouring panels of a matrix: the outputs that a product computes.
 *
 * @param first the first panel; output n lies in panel n / 16
 * @param last one past the last
 */
public record PanelRange(int first, int last) {

  /** All panels of a matrix. */
  public static PanelRange all(PanelMatrix w) {
    return new PanelRange(0, w.panels());
  }

  /** The first output. */
  int firstOutput() {
    return first * LANES;
  }

  /** One past the last output; the last panel of a matrix may have fewer than 16. */
  int lastOutput(PanelMatrix w) {
    return Math.min(last * LANES, w.outputs());
  }
}

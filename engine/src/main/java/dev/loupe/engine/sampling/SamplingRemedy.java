package dev.loupe.engine.sampling;

import java.util.Locale;

/**
 * What people do with bad probabilities before the draw. Each remedy hides a failure and repairs
 * nothing.
 */
public enum SamplingRemedy {

  /** Nothing: a bad distribution is refused in PyTorch's words. */
  NONE,

  /** {@code remove_invalid_values=True}: NaN scores become 0, infinite ones the largest float32. */
  REMOVE_INVALID,

  /** NaN probabilities become 0, each gets 1e-6 more, and all are divided by their sum. */
  PROBABILITY_FLOOR;

  /** As on the command line: {@code probability-floor}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

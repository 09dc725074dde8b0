package dev.loupe.engine;

import java.util.OptionalInt;

/**
 * How to answer. Immutable; each method returns a changed copy.
 *
 * @param maxNewTokens the longest answer, at least 1
 * @param minPixels enlarge smaller pictures to about this area; empty: the model's own limit
 * @param maxPixels shrink larger pictures to about this area; empty: the model's own limit
 */
public record GenerationOptions(int maxNewTokens, OptionalInt minPixels, OptionalInt maxPixels) {
  private static final int MAX_NEW_TOKENS = 128;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is below 1, or the limits cross
   */
  public GenerationOptions {
    require("max_new_tokens", maxNewTokens);
    minPixels.ifPresent(n -> require("min_pixels", n));
    maxPixels.ifPresent(n -> require("max_pixels", n));
    if (minPixels.isPresent()
        && maxPixels.isPresent()
        && minPixels.getAsInt() > maxPixels.getAsInt()) {
      throw new IllegalArgumentException(
          "min_pixels: expected at most max_pixels (%d), found %d"
              .formatted(maxPixels.getAsInt(), minPixels.getAsInt()));
    }
  }

  private static void require(String name, int found) {
    if (found < 1) {
      throw new IllegalArgumentException(name + ": expected at least 1, found " + found);
    }
  }

  /** The most likely token each time, 128 at most, pictures within the model's own limits. */
  public static GenerationOptions greedy() {
    return new GenerationOptions(MAX_NEW_TOKENS, OptionalInt.empty(), OptionalInt.empty());
  }

  /** The longest answer. */
  public GenerationOptions maxNewTokens(int tokens) {
    return new GenerationOptions(tokens, minPixels, maxPixels);
  }

  /** Enlarge smaller pictures to about this area. */
  public GenerationOptions minPixels(int pixels) {
    return new GenerationOptions(maxNewTokens, OptionalInt.of(pixels), maxPixels);
  }

  /** Shrink larger pictures to about this area. */
  public GenerationOptions maxPixels(int pixels) {
    return new GenerationOptions(maxNewTokens, minPixels, OptionalInt.of(pixels));
  }

  /** The lower limit for a model with these: never above an upper limit that was asked for. */
  long minPixels(long modelMin, long modelMax) {
    return minPixels.isPresent()
        ? minPixels.getAsInt()
        : Math.min(modelMin, maxPixels(1, modelMax));
  }

  /** The upper limit for a model with these: never below a lower limit that was asked for. */
  long maxPixels(long modelMin, long modelMax) {
    return maxPixels.isPresent()
        ? maxPixels.getAsInt()
        : Math.max(modelMax, minPixels.isPresent() ? minPixels.getAsInt() : modelMin);
  }
}

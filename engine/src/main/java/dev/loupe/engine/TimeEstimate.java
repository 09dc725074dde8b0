package dev.loupe.engine;

import dev.loupe.tensor.ProductRate;
import dev.loupe.vision.preprocess.PatchGrid;
import java.time.Duration;

/**
 * About how long an answer computes, from its multiply-adds and the rate of a small product. Other
 * work on the machine, and reading weights, can make it twice as long.
 *
 * @param pictures of the vision tower
 * @param prompt of the decoder over the prompt
 * @param token of each token after the first
 */
public record TimeEstimate(Duration pictures, Duration prompt, Duration token) {

  /** Below so many operations it is a matter of seconds in any arithmetic: 5 GFLOP. */
  private static final double SMALL = 5e9;

  /** What an answer takes that has this many tokens. */
  public Duration of(int tokens) {
    return pictures.plus(prompt).plus(token.multipliedBy(tokens));
  }

  /** Whether an answer is worth an estimate. */
  static boolean isLarge(ModelCost cost, EncodedPrompt prompt) {
    return tower(cost, prompt) + cost.prefillFlops(prompt.length()) > SMALL;
  }

  static TimeEstimate of(ModelCost cost, EncodedPrompt prompt, ProductRate rate) {
    int tokens = prompt.length();
    double step = cost.prefillFlops(tokens + 1) - cost.prefillFlops(tokens) + cost.headFlops();
    return new TimeEstimate(
        seconds(tower(cost, prompt) / rate.manyRows()),
        seconds(cost.prefillFlops(tokens) / rate.manyRows()),
        seconds(step / rate.oneRow()));
  }

  /** Each frame is a picture of its own. */
  private static double tower(ModelCost cost, EncodedPrompt prompt) {
    double flops = 0;
    for (PatchGrid grid : prompt.grids()) {
      flops += grid.t() * cost.pictureFlops(grid.h() * grid.w());
    }
    return flops;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(1000 * seconds));
  }
}

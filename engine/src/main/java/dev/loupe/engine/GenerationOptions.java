package dev.loupe.engine;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.sampling.SamplingSettings;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How to answer. Immutable; each method returns a changed copy.
 *
 * @param maxNewTokens the longest answer, at least 1
 * @param minPixels enlarge smaller pictures to about this area; empty: the model's own limit
 * @param maxPixels shrink larger pictures to about this area; empty: the model's own limit
 * @param seed draw tokens with PyTorch's CPU generator from this seed; empty: take the most likely
 * @param sampling rules of the draw; empty: those of {@code generation_config.json}
 * @param remedy what stands between bad probabilities and the draw
 * @param check whether scores that are not finite end the answer with {@link
 *     NonFiniteLogitsException}
 */
public record GenerationOptions(
    int maxNewTokens,
    OptionalInt minPixels,
    OptionalInt maxPixels,
    OptionalLong seed,
    Optional<SamplingSettings> sampling,
    SamplingRemedy remedy,
    boolean check) {
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

  /**
   * The most likely token each time, 128 at most, pictures within the model's own limits, scores
   * checked.
   */
  public static GenerationOptions greedy() {
    return new GenerationOptions(
        MAX_NEW_TOKENS,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        SamplingRemedy.NONE,
        true);
  }

  /** The longest answer. */
  public GenerationOptions maxNewTokens(int tokens) {
    return new GenerationOptions(tokens, minPixels, maxPixels, seed, sampling, remedy, check);
  }

  /** Enlarge smaller pictures to about this area. */
  public GenerationOptions minPixels(int pixels) {
    return new GenerationOptions(
        maxNewTokens, OptionalInt.of(pixels), maxPixels, seed, sampling, remedy, check);
  }

  /** Shrink larger pictures to about this area. */
  public GenerationOptions maxPixels(int pixels) {
    return new GenerationOptions(
        maxNewTokens, minPixels, OptionalInt.of(pixels), seed, sampling, remedy, check);
  }

  /**
   * Draw tokens, by the rules of {@code generation_config.json}, as {@code torch.manual_seed} and
   * {@code generate(do_sample=True)} do on PyTorch's CPU.
   */
  public GenerationOptions sample(long seed) {
    return new GenerationOptions(
        maxNewTokens, minPixels, maxPixels, OptionalLong.of(seed), sampling, remedy, check);
  }

  /** Draw tokens by these rules. */
  public GenerationOptions sample(long seed, SamplingSettings settings) {
    return new GenerationOptions(
        maxNewTokens,
        minPixels,
        maxPixels,
        OptionalLong.of(seed),
        Optional.of(settings),
        remedy,
        check);
  }

  /** What stands between bad probabilities and the draw. It hides a failure, it mends nothing. */
  public GenerationOptions remedy(SamplingRemedy remedy) {
    return new GenerationOptions(maxNewTokens, minPixels, maxPixels, seed, sampling, remedy, check);
  }

  /** Whether scores that are not finite end the answer with {@link NonFiniteLogitsException}. */
  public GenerationOptions check(boolean check) {
    return new GenerationOptions(maxNewTokens, minPixels, maxPixels, seed, sampling, remedy, check);
  }

  /** The lower limit for a model with these: never above an upper limit that was asked for. */
  long minPixels(long modelMin, long modelMax) {
    return minPixels.isPresent()
        ? minPixels.getAsInt()
        : Math.min(modelMin, maxPixels.isPresent() ? maxPixels.getAsInt() : modelMax);
  }

  /** The upper limit for a model with these: never below a lower limit that was asked for. */
  long maxPixels(long modelMin, long modelMax) {
    return maxPixels.isPresent()
        ? maxPixels.getAsInt()
        : Math.max(modelMax, minPixels.isPresent() ? minPixels.getAsInt() : modelMin);
  }
}

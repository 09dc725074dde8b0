package dev.loupe.cli.options;

import dev.loupe.engine.GenerationOptions;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The largest area of a picture. */
public final class MaxPixelsOption {

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description =
          "Shrink pictures above this area; the model's own limit if absent. 784 pixels become one "
              + "token, so a smaller limit is faster and shows the model less detail.")
  private Optional<Integer> maxPixels = Optional.empty();

  @Mixin private DetailOption detail;

  /**
   * The options with this limit.
   *
   * @throws IllegalArgumentException if it is out of range
   * @throws picocli.CommandLine.ParameterException if there are two
   */
  public GenerationOptions applied(GenerationOptions options) {
    GenerationOptions detailed = detail.applied(options, maxPixels.isPresent());
    return maxPixels.map(detailed::maxPixels).orElse(detailed);
  }
}

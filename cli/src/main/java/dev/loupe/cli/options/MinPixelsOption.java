package dev.loupe.cli.options;

import dev.loupe.engine.GenerationOptions;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The smallest area of a picture. */
public final class MinPixelsOption {

  @Option(
      names = "--min-pixels",
      paramLabel = "N",
      description = "Enlarge pictures below this area; the model's own limit if absent.")
  private Optional<Integer> minPixels = Optional.empty();

  Optional<Integer> value() {
    return minPixels;
  }

  /**
   * The options with this limit.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public GenerationOptions applied(GenerationOptions options) {
    return minPixels.map(options::minPixels).orElse(options);
  }
}

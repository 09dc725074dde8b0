package dev.loupe.cli.options;

import dev.loupe.engine.Detail;
import dev.loupe.engine.GenerationOptions;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A name for the largest area of a picture. */
public final class DetailOption extends OptionGroup {

  @Option(
      names = "--detail",
      paramLabel = "LEVEL",
      description =
          "How much of a picture the model sees, within its own limit: low (256 tokens), medium "
              + "(512), high (1024) or full. Instead of --max-pixels.")
  private Optional<Detail> detail = Optional.empty();

  boolean isPresent() {
    return detail.isPresent();
  }

  /**
   * The options with this level.
   *
   * @param maxPixels whether {@code --max-pixels} is given
   * @throws picocli.CommandLine.ParameterException if both are
   */
  GenerationOptions applied(GenerationOptions options, boolean maxPixels) {
    if (maxPixels && detail.isPresent()) {
      throw usage("--detail: expected no --max-pixels beside it, found both; give one of them");
    }
    return detail.map(options::detail).orElse(options);
  }
}

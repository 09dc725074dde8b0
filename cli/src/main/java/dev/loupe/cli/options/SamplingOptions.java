package dev.loupe.cli.options;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.sampling.SamplingRemedy;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How tokens are chosen: the most likely ones, or with {@code --sample} drawn ones. */
public final class SamplingOptions extends OptionGroup {

  @Option(
      names = "--sample",
      description =
          "Draw tokens by the rules of generation_config.json instead of taking the most likely ones.")
  private boolean sample;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Draw as torch.manual_seed(N) does on PyTorch's CPU; implies --sample, 0 if absent.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "With --sample: divide the scores by T.")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "With --sample: draw from the K most likely tokens; 0 for all.")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "With --sample: draw from the most likely tokens that make up P together.")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--check",
      negatable = true,
      description =
          "Stop with an error when scores are not finite; on unless there is a remedy before the "
              + "draw. With --no-check the answer goes on as in other engines: with token 0, up to its "
              + "longest length.")
  private Optional<Boolean> check = Optional.empty();

  /**
   * These options with those of the command line.
   *
   * @throws ParameterException if options do not fit each other or are out of range
   */
  public GenerationOptions applied(GenerationOptions options, SamplingRemedy remedy) {
    boolean draws = sample || seed.isPresent();
    boolean rules = temperature.isPresent() || topK.isPresent() || topP.isPresent();
    if (rules && !draws) {
      throw usage("--temperature, --top-k and --top-p: expected --sample or --seed with them");
    }
    if (remedy == SamplingRemedy.PROBABILITY_FLOOR && !draws) {
      throw usage(
          "--remedy probability-floor: expected --sample or --seed, found no drawing of tokens");
    }
    GenerationOptions checked =
        options.remedy(remedy).check(check.orElse(remedy == SamplingRemedy.NONE));
    if (!draws) {
      return checked;
    }
    try {
      GenerationOptions drawn = checked.sample(seed.orElse(0L));
      drawn = temperature.map(drawn::temperature).orElse(drawn);
      drawn = topK.map(drawn::topK).orElse(drawn);
      return topP.map(drawn::topP).orElse(drawn);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }
}

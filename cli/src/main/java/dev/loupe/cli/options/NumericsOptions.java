package dev.loupe.cli.options;

import dev.loupe.engine.NumericsNames;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The arithmetic: the options of every command that runs the model. */
public final class NumericsOptions extends OptionGroup {

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "What the model computes in: float32, bfloat16 or float16, rounded where PyTorch rounds.")
  private Optional<String> dtype = Optional.empty();

  @Option(
      names = "--attention",
      paramLabel = "KIND",
      description =
          "eager, whose scores are rounded to the type and can overflow float16; or sdpa, whose "
              + "scores stay float32.")
  private Optional<String> attention = Optional.empty();

  @Option(
      names = "--remedy",
      paramLabel = "NAME",
      description =
          "Against overflow: upcast-qk, scale-first, inf-to-zero or clamp in eager attention; "
              + "remove-invalid or probability-floor before the draw of a token, which hide a "
              + "failure but do not cure it.")
  private Optional<String> remedy = Optional.empty();

  @Option(
      names = "--arithmetic",
      paramLabel = "NAME",
      description =
          "How products are summed: sequential (if absent), torch-cpu, or as the matrix units of "
              + "volta, turing, ampere, ada, hopper or blackwell: each step by published models of "
              + "them, one after the other, which is not always the order of cuBLAS. All but the first "
              + "need --dtype float16 or bfloat16 and --attention eager, and are slow.")
  private Optional<String> arithmetic = Optional.empty();

  @Option(
      names = "--accumulator",
      paramLabel = "TYPE",
      description =
          "With a matrix unit: what a step ends in, float32 (if absent) or float16, which can "
              + "overflow in the middle of a sum.")
  private Optional<String> accumulator = Optional.empty();

  @Option(
      names = "--arithmetic-for",
      paramLabel = "PART",
      description =
          "With a matrix unit: all products (if absent), or those of attention, and the others are "
              + "sequential.")
  private Optional<String> arithmeticFor = Optional.empty();

  /**
   * The profile of these options.
   *
   * @param absent the type and attention for options that are absent
   * @throws ParameterException if a name is unknown, or the remedy does not fit the attention
   */
  public NumericsProfile profile(NumericsProfile absent) {
    return checked(() -> names().profile(absent));
  }

  /**
   * The arithmetics of a list, as {@link Accumulation#label} writes them: {@code sequential},
   * {@code hopper.acc16}.
   *
   * @param option whose list it is
   * @throws ParameterException if a name is unknown or there twice, there are less than two, or
   *     there is an option for one arithmetic as well
   */
  public List<Accumulation> arithmetics(String option, List<String> labels) {
    if (arithmetic.isPresent() || accumulator.isPresent() || arithmeticFor.isPresent()) {
      throw usage(
          option
              + ": expected no --arithmetic, --accumulator or --arithmetic-for with it, found one;"
              + " names may end in .acc16 and .attention, such as hopper.acc16");
    }
    return checked(() -> NumericsNames.arithmetics(option, labels));
  }

  /**
   * The profiles of a list: {@code float16.eager}, {@code bfloat16.sdpa}; or {@code all}, the
   * 16-bit ones.
   *
   * @param option whose list it is
   * @throws ParameterException if a name is unknown or there twice, or there is an option for one
   *     profile as well
   */
  public List<NumericsProfile> profiles(String option, List<String> names) {
    if (values().values().stream().anyMatch(Optional::isPresent)) {
      throw usage(option + ": expected no option for one arithmetic with it, found one");
    }
    return checked(() -> NumericsNames.profiles(option, names));
  }

  /**
   * The remedy before the draw of a token.
   *
   * @throws ParameterException if the remedy's name is unknown
   */
  public SamplingRemedy samplingRemedy() {
    return checked(() -> names().samplingRemedy());
  }

  private NumericsNames names() {
    return new NumericsNames(
        values()::get, name -> name.equals("arithmeticFor") ? "--arithmetic-for" : "--" + name);
  }

  private Map<String, Optional<String>> values() {
    return Map.of(
        "dtype", dtype,
        "attention", attention,
        "remedy", remedy,
        "arithmetic", arithmetic,
        "accumulator", accumulator,
        "arithmeticFor", arithmeticFor);
  }

  private <T> T checked(Supplier<T> choice) {
    try {
      return choice.get();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }
}

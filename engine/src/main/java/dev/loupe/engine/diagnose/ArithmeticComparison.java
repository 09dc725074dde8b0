package dev.loupe.engine.diagnose;

import dev.loupe.engine.Prompt;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What one prompt does to a model in several arithmetics: on CPUs and on GPUs, side by side.
 *
 * <pre>{@code
 * ArithmeticComparison c = ArithmeticComparison.of(
 *     files,
 *     prompt,
 *     DiagnosisOptions.defaults(),
 *     List.of(Accumulation.SEQUENTIAL_FMA, Accumulation.of(TensorCore.HOPPER)));
 * System.out.print(ArithmeticComparisonText.of(c));
 * }</pre>
 *
 * @param model its name
 * @param profile type, attention and remedy that all have in common; its sums are those of none
 * @param seed of the draws
 * @param promptTokens how many tokens the prompt has, pictures included
 * @param tokens the tokens of the prompt
 * @param patches the rows of the vision tower
 * @param reports one of each arithmetic, in the order asked for; the others are compared with the
 *     first that exists
 */
public record ArithmeticComparison(
    String model,
    NumericsProfile profile,
    long seed,
    int promptTokens,
    List<SequenceToken> tokens,
    Patches patches,
    List<ArithmeticReport> reports) {

  /** Copies the lists. */
  public ArithmeticComparison {
    tokens = List.copyOf(tokens);
    reports = List.copyOf(reports);
  }

  /**
   * Runs the prompt in each arithmetic, with tokens drawn from one seed. The weights are loaded
   * once. Remedies of the options are not tried.
   *
   * @param options their profile is the common one
   * @param arithmetics in the order of the report, each once
   * @throws IOException if the model cannot be loaded, or none of them exists for it
   * @throws IllegalArgumentException if none of them exists in the profile's type and attention;
   *     the message says why
   * @throws dev.loupe.engine.PromptTooLongException if the prompt leaves no room for an answer
   */
  public static ArithmeticComparison of(
      ModelFiles files, Prompt prompt, DiagnosisOptions options, List<Accumulation> arithmetics)
      throws IOException {
    return new ArithmeticComparer(files, prompt, options, arithmetics).comparison();
  }

  /**
   * Checks that some of these arithmetics exist, before a model is loaded.
   *
   * @throws IllegalArgumentException if none does; the message says why
   */
  public static void requireOne(NumericsProfile profile, List<Accumulation> arithmetics) {
    List<String> reasons = arithmetics.stream().flatMap(a -> missing(profile, a).stream()).toList();
    if (reasons.size() == arithmetics.size()) {
      throw new IllegalArgumentException(none(reasons));
    }
  }

  /** What to say where none exists. */
  static String none(Collection<String> reasons) {
    return "arithmetics: expected one that exists, found none; " + String.join("; ", reasons);
  }

  /** Why an arithmetic does not exist in a profile's type and attention; empty if it does. */
  static Optional<String> missing(NumericsProfile profile, Accumulation arithmetic) {
    try {
      profile.with(arithmetic);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Those that exist. */
  List<ArithmeticReport> existing() {
    return reports.stream().filter(r -> r.run().isPresent()).toList();
  }
}

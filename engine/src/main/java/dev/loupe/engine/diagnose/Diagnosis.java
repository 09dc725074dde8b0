package dev.loupe.engine.diagnose;

import dev.loupe.engine.Prompt;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What a prompt does to a model in 16-bit arithmetic, and what helps.
 *
 * <pre>{@code
 * Diagnosis d = Diagnosis.of(ModelDirectory.of(folder), prompt);
 * System.out.println(d.fails() ? d.firstOverflow() : "answers: " + d.outcome().text());
 * System.out.print(DiagnosisText.of(d));
 * }</pre>
 *
 * @param model its name
 * @param profile the arithmetic that is diagnosed
 * @param seed of the draws
 * @param weights what rounding to the compute type did to the stored weights
 * @param promptTokens how many tokens the prompt has, pictures included
 * @param tokens the tokens of the prompt, then of the answer
 * @param patches the rows of the vision tower
 * @param outcome of the profile that is diagnosed, tokens drawn
 * @param greedy the same without drawing
 * @param reference of float32, tokens drawn
 * @param firstOverflow where the first infinity came from
 * @param firstSum the first sum that overflowed before it was complete, in float16 accumulators
 * @param sumCounts such sums by pass and product, the first 64 products
 * @param absorbed overflows that came back finite: the first 64 by pass, operation and how
 * @param overflowing scores of eager attention that float16 rounds to infinity: the first 64 of the
 *     tower and of the decoder
 * @param overflowCounts infinite scores by pass and layer, the first 64 of them
 * @param nanPass the first pass with NaN; 0 if there is none
 * @param spread how many rows hold NaN after each stage of that pass; empty if none do
 * @param largest the operations other than the decoder's scores that come nearest to the end of the
 *     range, the nearest first, 5 at most
 * @param operations every operation of the run, in the order in which each first ended
 * @param margins how near the scores come to 65520, by layer and head, and by token
 * @param exponents of the results of each operation, all layers together
 * @param underflow all operations together
 * @param order whether the overflow depends on the order of additions; empty if scores are not
 *     rounded to float16, or accumulators are float16
 * @param failing the operands of the first element that overflowed, or else of the first overflow
 *     that was absorbed; empty if there is none, or {@link DiagnosisOptions#operands} is off
 * @param remedies what each remedy that was asked for does to the prompt
 */
public record Diagnosis(
    String model,
    NumericsProfile profile,
    long seed,
    WeightConversion weights,
    int promptTokens,
    List<SequenceToken> tokens,
    Patches patches,
    Outcome outcome,
    Outcome greedy,
    Outcome reference,
    Optional<Overflow> firstOverflow,
    Optional<SumEvent> firstSum,
    List<SumCount> sumCounts,
    List<AbsorbedEvent> absorbed,
    List<ScoreEvent> overflowing,
    List<OverflowCount> overflowCounts,
    int nanPass,
    List<NanRows> spread,
    List<OperationRange> largest,
    List<OperationRange> operations,
    ScoreMargins margins,
    List<ExponentHistogram> exponents,
    Underflow underflow,
    Optional<SummationOrder> order,
    Optional<FailingElement> failing,
    List<RemedyReport> remedies) {

  /** Copies the lists. */
  public Diagnosis {
    tokens = List.copyOf(tokens);
    sumCounts = List.copyOf(sumCounts);
    absorbed = List.copyOf(absorbed);
    overflowing = List.copyOf(overflowing);
    overflowCounts = List.copyOf(overflowCounts);
    spread = List.copyOf(spread);
    largest = List.copyOf(largest);
    operations = List.copyOf(operations);
    exponents = List.copyOf(exponents);
    remedies = List.copyOf(remedies);
  }

  /**
   * Diagnoses float16 with eager attention.
   *
   * @throws IOException if the model cannot be loaded
   */
  public static Diagnosis of(ModelFiles files, Prompt prompt) throws IOException {
    return of(files, prompt, DiagnosisOptions.defaults());
  }

  /**
   * Runs the prompt as it is diagnosed, backwards, in float32, and with every remedy asked for:
   * some fourteen times, and computes once what these runs share. The weights are loaded once for
   * each compute type, one after the other.
   *
   * @throws IOException if the model cannot be loaded
   * @throws dev.loupe.engine.PromptTooLongException if the prompt leaves no room for an answer
   */
  public static Diagnosis of(ModelFiles files, Prompt prompt, DiagnosisOptions options)
      throws IOException {
    return new Diagnoser(files, prompt, options).diagnosis();
  }

  /** Whether a token could not be chosen from numbers. */
  public boolean fails() {
    return outcome.failed() || outcome.badTokens() > 0;
  }

  /** The first token of the answer, counted from 1, that could not be; 0 if none. */
  public int failingToken() {
    return outcome.refusal().map(Refusal::token).orElse(outcome.firstBadToken().orElse(0));
  }

  /** The first stage with NaN. */
  public Optional<NanRows> firstNan() {
    return spread.stream().filter(rows -> rows.nanRows() > 0).findFirst();
  }

  /** A verdict in words. Without a failure no remedy cures, it gives the same answer. */
  public String inWords(Verdict verdict) {
    return verdict == Verdict.CURES && !fails() ? "same answer" : verdict.toString();
  }

  /**
   * The report on a remedy.
   *
   * @throws java.util.NoSuchElementException if it was not asked for
   */
  public RemedyReport remedy(Remedy remedy) {
    return remedies.stream().filter(r -> r.remedy() == remedy).findFirst().orElseThrow();
  }
}

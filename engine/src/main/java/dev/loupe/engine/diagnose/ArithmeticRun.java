package dev.loupe.engine.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one arithmetic makes of a prompt.
 *
 * @param outcome of the run, tokens drawn
 * @param firstOverflow where the first infinity came from
 * @param firstSum the first sum that overflowed in float16 accumulators
 * @param sumCounts such sums by pass and product, the first 64 products
 * @param overflowCounts infinite scores by pass and layer, the first 64 of them
 * @param nanPass the first pass with NaN; 0 if there is none
 * @param firstNan the first stage with NaN
 * @param differences from the first arithmetic, by stage of the prompt's pass; empty for the first
 * @param firstDifferentToken the first token of the answer, counted from 1, that differs from the
 *     first arithmetic's; empty if none does
 */
public record ArithmeticRun(
    Outcome outcome,
    Optional<Overflow> firstOverflow,
    Optional<SumEvent> firstSum,
    List<SumCount> sumCounts,
    List<OverflowCount> overflowCounts,
    int nanPass,
    Optional<NanRows> firstNan,
    List<StageDifference> differences,
    OptionalInt firstDifferentToken) {

  /** Copies the lists. */
  public ArithmeticRun {
    sumCounts = List.copyOf(sumCounts);
    overflowCounts = List.copyOf(overflowCounts);
    differences = List.copyOf(differences);
  }

  /** Whether a token could not be chosen from numbers. */
  public boolean fails() {
    return outcome.failed() || outcome.badTokens() > 0;
  }

  /** The first token of the answer, counted from 1, that could not be; 0 if none. */
  public int failingToken() {
    return outcome.refusal().map(Refusal::token).orElse(outcome.firstBadToken().orElse(0));
  }

  /** How many scores were infinite in the prompt's pass, in tower and decoder. */
  public long promptOverflows() {
    return overflowCounts.stream()
        .filter(c -> c.pass() == 0)
        .mapToLong(OverflowCount::overflows)
        .sum();
  }
}

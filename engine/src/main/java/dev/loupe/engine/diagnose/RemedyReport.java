package dev.loupe.engine.diagnose;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a remedy does to the prompt, compared with float32.
 *
 * @param remedy which
 * @param outcome of its run
 * @param logitDifference the largest difference of the logits of the first token from float32's;
 *     empty if some are not finite
 * @param firstDifferentToken the first token of the answer, counted from 1, that is not float32's;
 *     empty if none
 * @param verdict by the rules of {@link Verdict}
 * @param stages how far each stage of the prompt's pass is from float32's, in {@link #ROWS} of its
 *     rows at most; empty for float32 itself
 */
public record RemedyReport(
    Remedy remedy,
    Outcome outcome,
    OptionalDouble logitDifference,
    OptionalInt firstDifferentToken,
    Verdict verdict,
    List<StageDifference> stages) {

  /** How many rows of a stage are compared, evenly spread. */
  public static final int ROWS = 64;

  /** Copies the list. */
  public RemedyReport {
    stages = List.copyOf(stages);
  }
}

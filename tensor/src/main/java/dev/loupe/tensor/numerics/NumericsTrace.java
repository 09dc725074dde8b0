package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * An observer of a forward pass. Without one nothing is counted or copied.
 *
 * <p>What it sees is named by values: {@link StageId} and {@link OperationId}. Their strings are
 * for files and people.
 */
@FunctionalInterface
public interface NumericsTrace {

  /** An observer of nothing. */
  NumericsTrace NONE = (stage, value) -> {};

  /**
   * An observer that shows everything to these, each what it wants.
   *
   * @param observers in the order in which they see an event
   */
  static NumericsTrace all(List<NumericsTrace> observers) {
    List<NumericsTrace> some = observers.stream().filter(o -> o != NONE).toList();
    return switch (some.size()) {
      case 0 -> NONE;
      case 1 -> some.getFirst();
      default -> new TraceFork(some);
    };
  }

  /** Whether {@link #stage} and {@link #nonFinite} are wanted. */
  default boolean wantsStages() {
    return true;
  }

  /** Whether {@link #peak} is wanted, which costs next to nothing. */
  default boolean wantsPeaks() {
    return false;
  }

  /**
   * Eager attention of a layer was computed in float16; this is its largest score, masked ones
   * included.
   *
   * @param sequence which of the sequences that run side by side, counted from 0
   */
  default void peak(int sequence, ScorePeak peak) {}

  /**
   * A stage has ended.
   *
   * @param stage which
   * @param value its output; the memory is reused after this call returns
   */
  void stage(StageId stage, Tensor value);

  /** All scores of a layer's eager attention were computed; these are not finite. */
  default void nonFinite(NonFiniteScores scores) {}

  /**
   * Whether {@link #operation}, {@link #sumOverflow}, {@link #absorbed}, {@link #overflow}, {@link
   * #near} and {@link #nearest} are wanted; they cost about as much again.
   */
  default boolean wantsOperations() {
    return false;
  }

  /** An operation has ended; these are the numbers that it rounded. */
  default void operation(OperationId operation, TensorStatistics statistics) {}

  /** Sums of a product overflowed in the float16 accumulators of a matrix unit. */
  default void sumOverflow(SumOverflow overflow) {}

  /** Infinities came back finite: {@link Absorption} says how. */
  default void absorbed(AbsorbedOverflow overflow) {}

  /**
   * Of which element of an operation's result {@link #operands} are wanted, if of any. Asked before
   * the operation.
   */
  default Optional<ResultElement> wantsOperands(OperationId operation) {
    return Optional.empty();
  }

  /** The operands of the element that was asked for, before the operation ends. */
  default void operands(OperationId operation, Operands operands) {}

  /** A score of eager attention overflows float16: {@link ExtremeScore#overflows}. */
  default void overflow(ExtremeScore score) {}

  /** Such a score stays below that by no more than {@link ExtremeScore#NEAR}. */
  default void near(ExtremeScore score) {}

  /**
   * Whether {@link #extremes} are wanted, and nothing else but {@link #stage}. They cost little:
   * one look at each result, while it is in a cache. Observers that want more never see them.
   */
  default boolean wantsExtremes() {
    return false;
  }

  /**
   * An operation has ended; each row of its result has this largest magnitude, before rounding
   * where the operation rounds at its end. A row with an infinity has infinity, one with NaN has
   * NaN.
   */
  default void extremes(OperationId operation, float[] rows) {}

  /**
   * The eager scores of a sequence in a decoder layer, or of a frame in a layer of the tower, were
   * all computed; of each head this one has the largest magnitude. A head with NaN has NaN.
   *
   * @param sequence which of those that are computed side by side; 0 in the tower
   * @param ofHeads in the order of the heads
   */
  default void extremes(OperationId operation, int sequence, List<ExtremeScore> ofHeads) {}

  /**
   * Whether {@link #peaks} and {@link #exponents} are wanted beside {@link #operation}; they cost
   * another look at every number.
   */
  default boolean wantsDistribution() {
    return false;
  }

  /** An operation has ended; the numbers that it rounded have these exponents. */
  default void exponents(OperationId operation, ExponentCounts counts) {}

  /** The eager scores of a decoder layer, or of a frame in a layer of the tower, have these. */
  default void peaks(ScorePeaks peaks) {}

  /**
   * The eager scores of a decoder layer, or of a frame in a layer of the tower, were all computed;
   * this one is the nearest to {@link ExtremeScore#THRESHOLD}, on either side. Not called where all
   * were NaN.
   */
  default void nearest(ExtremeScore score) {}
}

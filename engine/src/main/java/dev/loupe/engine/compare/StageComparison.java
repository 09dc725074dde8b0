package dev.loupe.engine.compare;

import java.util.Optional;

/**
 * One stage of both traces.
 *
 * @param stage its name
 * @param judgement what explains the difference
 * @param distance how far the two are from each other; empty where numbers were not compared
 * @param what one sentence about the first difference, without a full stop; empty if there is none
 *     or nothing more to say
 */
public record StageComparison(
    String stage, Judgement judgement, Optional<StageDistance> distance, String what) {

  /** Both have the same numbers. */
  static StageComparison same(TraceStage stage, Optional<StageDistance> distance) {
    return new StageComparison(stage.name(), Judgement.SAME, distance, "");
  }

  /** A stage without distances. */
  static StageComparison of(TraceStage stage, Judgement judgement, String what) {
    return new StageComparison(stage.name(), judgement, Optional.empty(), what);
  }
}

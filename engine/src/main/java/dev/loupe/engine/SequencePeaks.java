package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.ScorePeak;
import dev.loupe.tensor.numerics.StageId;
import java.util.List;

/** Tells the sequences of a run their largest scores, if any of them wants to know. */
final class SequencePeaks implements NumericsTrace {
  private List<Sequence> computing = List.of();

  /** What is computed next belongs to these sequences, in this order. */
  void computing(List<Sequence> sequences) {
    computing = sequences;
  }

  /** Whose the numbers are that are computed now. */
  List<Sequence> computing() {
    return computing;
  }

  @Override
  public void stage(StageId stage, Tensor value) {
    // Nothing is wanted but peaks.
  }

  @Override
  public boolean wantsStages() {
    return false;
  }

  @Override
  public boolean wantsPeaks() {
    return computing.stream().anyMatch(Sequence::keepsPeak);
  }

  @Override
  public void peak(int sequence, ScorePeak peak) {
    Sequence one = computing.get(sequence);
    if (one.keepsPeak()) {
      one.saw(peak);
    }
  }
}

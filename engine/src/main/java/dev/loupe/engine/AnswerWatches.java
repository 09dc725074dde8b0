package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.List;

/** Several watches of one answer. */
record AnswerWatches(List<AnswerWatch> all) implements AnswerWatch {

  @Override
  public boolean wantsPeaks() {
    return all.stream().anyMatch(AnswerWatch::wantsPeaks);
  }

  @Override
  public void peak(ScorePeak peak) {
    all.forEach(watch -> watch.peak(peak));
  }

  @Override
  public void logits(Tensor logits, Workspace w) {
    all.forEach(watch -> watch.logits(logits, w));
  }

  @Override
  public void chosen(int token) {
    all.forEach(watch -> watch.chosen(token));
  }

  @Override
  public void completed() {
    all.forEach(AnswerWatch::completed);
  }

  @Override
  public void failed() {
    all.forEach(AnswerWatch::failed);
  }
}

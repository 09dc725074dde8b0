package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.util.List;

/** Several observers of one run. */
record TraceFork(List<NumericsTrace> all, List<NumericsTrace> ofOperations)
    implements NumericsTrace {

  TraceFork(List<NumericsTrace> all) {
    this(all, all.stream().filter(NumericsTrace::wantsOperations).toList());
  }

  @Override
  public void stage(String name, Tensor value) {
    all.forEach(o -> o.stage(name, value));
  }

  @Override
  public boolean wantsOperations() {
    return !ofOperations.isEmpty();
  }

  @Override
  public void operation(String name, TensorStatistics statistics) {
    ofOperations.forEach(o -> o.operation(name, statistics));
  }

  @Override
  public void overflow(ExtremeScore score) {
    ofOperations.forEach(o -> o.overflow(score));
  }

  @Override
  public void near(ExtremeScore score) {
    ofOperations.forEach(o -> o.near(score));
  }

  @Override
  public void nearest(ExtremeScore score) {
    ofOperations.forEach(o -> o.nearest(score));
  }
}

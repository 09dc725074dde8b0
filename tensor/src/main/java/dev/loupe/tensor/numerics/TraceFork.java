package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Several observers of one run. What costs much they are asked once, because some questions come
 * for each row; whether they want stages and peaks may change between passes.
 */
record TraceFork(
    List<NumericsTrace> all,
    List<NumericsTrace> ofOperations,
    List<NumericsTrace> ofExtremes,
    List<NumericsTrace> ofDistribution)
    implements NumericsTrace {

  TraceFork(List<NumericsTrace> all) {
    this(
        all,
        all.stream().filter(NumericsTrace::wantsOperations).toList(),
        all.stream().filter(NumericsTrace::wantsExtremes).toList(),
        all.stream().filter(NumericsTrace::wantsDistribution).toList());
  }

  @Override
  public boolean wantsStages() {
    return all.stream().anyMatch(NumericsTrace::wantsStages);
  }

  @Override
  public boolean wantsPeaks() {
    return all.stream().anyMatch(NumericsTrace::wantsPeaks);
  }

  @Override
  public void peak(int sequence, ScorePeak peak) {
    all.forEach(o -> o.peak(sequence, peak));
  }

  @Override
  public void stage(StageId stage, Tensor value) {
    all.forEach(o -> o.stage(stage, value));
  }

  @Override
  public void nonFinite(NonFiniteScores scores) {
    all.forEach(o -> o.nonFinite(scores));
  }

  @Override
  public boolean wantsOperations() {
    return !ofOperations.isEmpty();
  }

  @Override
  public void operation(OperationId operation, TensorStatistics statistics) {
    ofOperations.forEach(o -> o.operation(operation, statistics));
  }

  @Override
  public void sumOverflow(SumOverflow overflow) {
    ofOperations.forEach(o -> o.sumOverflow(overflow));
  }

  @Override
  public void absorbed(AbsorbedOverflow overflow) {
    ofOperations.forEach(o -> o.absorbed(overflow));
  }

  /** {@inheritDoc} The first observer that wants any decides. */
  @Override
  public Optional<ResultElement> wantsOperands(OperationId operation) {
    return all.stream().flatMap(o -> o.wantsOperands(operation).stream()).findFirst();
  }

  @Override
  public void operands(OperationId operation, Operands operands) {
    all.forEach(o -> o.operands(operation, operands));
  }

  @Override
  public void overflow(ExtremeScore score) {
    ofOperations.forEach(o -> o.overflow(score));
  }

  @Override
  public void near(ExtremeScore score) {
    ofOperations.forEach(o -> o.near(score));
  }

  /** {@inheritDoc} Not where another observer wants more: it sees operations, and no extremes. */
  @Override
  public boolean wantsExtremes() {
    return !ofExtremes.isEmpty() && ofOperations.isEmpty();
  }

  @Override
  public void extremes(OperationId operation, float[] rows) {
    ofExtremes.forEach(o -> o.extremes(operation, rows));
  }

  @Override
  public void extremes(OperationId operation, int sequence, List<ExtremeScore> ofHeads) {
    ofExtremes.forEach(o -> o.extremes(operation, sequence, ofHeads));
  }

  @Override
  public boolean wantsDistribution() {
    return !ofDistribution.isEmpty();
  }

  @Override
  public void exponents(OperationId operation, ExponentCounts counts) {
    ofDistribution.forEach(o -> o.exponents(operation, counts));
  }

  @Override
  public void peaks(ScorePeaks peaks) {
    ofDistribution.forEach(o -> o.peaks(peaks));
  }

  @Override
  public void nearest(ExtremeScore score) {
    ofOperations.forEach(o -> o.nearest(score));
  }
}

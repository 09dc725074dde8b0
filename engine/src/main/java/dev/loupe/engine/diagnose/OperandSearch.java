package dev.loupe.engine.diagnose;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.SumOverflow;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.Optional;

/**
 * Repeats a run until an event happens again, and keeps its operands. The frames of a clip are
 * operations of the same name, so operands count only if the event follows. One run, one thread.
 */
final class OperandSearch implements NumericsTrace, TokenListener {
  private final FailingPlace place;
  private Optional<Operands> asked = Optional.empty();
  private Optional<Operands> found = Optional.empty();
  private int pass;

  OperandSearch(FailingPlace place) {
    this.place = place;
  }

  /** Answers the prompt as the run did in which the event was seen. */
  Optional<FailingElement> run(
      Qwen2Vl model, RunSettings settings, Prompt prompt, GenerationOptions generation) {
    try {
      model.with(settings.profile()).generate(prompt, generation, this, this);
    } catch (InvalidDistributionException e) {
      // The draw fails because of the event, which was seen before.
    }
    return found.map(operands ->
        new FailingElement(
            place.pass(), place.operation(), place.element().head(), place.event(), operands));
  }

  @Override
  public boolean wantsOperations() {
    return true;
  }

  @Override
  public void stage(StageId stage, Tensor value) {}

  @Override
  public boolean token(int id, String piece) {
    pass++;
    return found.isEmpty();
  }

  private boolean at(OperationId operation) {
    return found.isEmpty() && pass == place.pass() && operation.equals(place.operation());
  }

  @Override
  public Optional<ResultElement> wantsOperands(OperationId operation) {
    return at(operation) ? Optional.of(place.element()) : Optional.empty();
  }

  @Override
  public void operands(OperationId operation, Operands operands) {
    asked = Optional.of(operands);
  }

  @Override
  public void operation(OperationId operation, TensorStatistics s) {
    boolean infinite = s.positiveInfinite() + s.negativeInfinite() > 0;
    if (at(operation) && infinite && place.event() == FailingElement.Event.OVERFLOW) {
      found = asked;
    }
  }

  @Override
  public void sumOverflow(SumOverflow overflow) {
    if (at(overflow.operation()) && place.event() == FailingElement.Event.SUM_OVERFLOW) {
      found = asked;
    }
  }

  @Override
  public void absorbed(AbsorbedOverflow overflow) {
    if (at(overflow.operation()) && place.event() == FailingElement.Event.ABSORBED) {
      found = asked;
    }
  }
}

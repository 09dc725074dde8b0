package dev.loupe.engine.diagnose;

import dev.loupe.engine.diagnose.FailingElement.Event;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ResultElement;
import dev.loupe.tensor.numerics.Step;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where the first thing went wrong that can be repeated from its operands.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer
 * @param event what happened there
 */
record FailingPlace(int pass, OperationId operation, ResultElement element, Event event) {

  /** The first overflow, the sum that explains it if there is one; else what was absorbed first. */
  static Optional<FailingPlace> of(
      Optional<Overflow> overflow, Optional<SumEvent> sum, List<AbsorbedEvent> absorbed) {
    Optional<FailingPlace> ofSum =
        sum.filter(s ->
                overflow.isEmpty()
                    || s.pass() == overflow.get().pass()
                        && s.sum().operation().equals(overflow.get().operation()))
            .map(FailingPlace::of);
    return ofSum
        .or(() -> overflow.flatMap(FailingPlace::of))
        .or(() -> absorbed.stream().findFirst().map(FailingPlace::of));
  }

  private static FailingPlace of(SumEvent e) {
    ResultElement element = new ResultElement(e.sum().head(), e.sum().row(), e.sum().element());
    return new FailingPlace(e.pass(), e.sum().operation(), element, Event.SUM_OVERFLOW);
  }

  private static Optional<FailingPlace> of(Overflow o) {
    Optional<ResultElement> element =
        o.operation().step() == Step.SCORES
            ? o.score().map(s -> new ResultElement(OptionalInt.of(s.head()), s.query(), s.key()))
            : Optional.of(ResultElement.at(o.index()));
    return element.map(e -> new FailingPlace(o.pass(), o.operation(), e, Event.OVERFLOW));
  }

  private static FailingPlace of(AbsorbedEvent e) {
    AbsorbedOverflow o = e.overflow();
    ResultElement element = new ResultElement(o.head(), o.row(), o.element());
    return new FailingPlace(e.pass(), o.operation(), element, Event.ABSORBED);
  }
}

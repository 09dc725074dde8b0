package dev.loupe.engine.diagnose;

import static dev.loupe.engine.diagnose.DiagnosisText.count;
import static dev.loupe.engine.diagnose.DiagnosisText.pass;
import static dev.loupe.engine.diagnose.DiagnosisText.score;

import dev.loupe.tensor.numerics.ExtremeScore;
import java.util.Locale;

/** For people: whether the overflow depends on the order of additions. */
final class SummationOrderText {

  /** Scores that are written out. */
  private static final int LISTED = 8;

  private final Diagnosis d;
  private final SummationOrder order;
  private final StringBuilder out = new StringBuilder();

  private SummationOrderText(Diagnosis d, SummationOrder order) {
    this.d = d;
    this.order = order;
  }

  /** The section under its heading. */
  static String of(Diagnosis d, SummationOrder order) {
    return new SummationOrderText(d, order).section();
  }

  private String section() {
    line("Does it depend on the order of additions?");
    switch (order.finding()) {
      case ORDER_DECIDES -> orderDecides();
      case CLOSE -> {
        line(
            "  Order-sensitive: in the prompt's pass the same scores overflow first to last and last");
        line("  to first, but the nearest is nearer to 65520 than ten times what the order moved;");
        line("  other hardware may come out differently.");
      }
      case SETTLED -> {
        line(
            "  No: in the prompt's pass the same scores overflow first to last and last to first,");
        line("  and the nearest is farther from 65520 than ten times what the order moved.");
      }
    }
    nearest();
    laterPasses();
    return out.toString();
  }

  private void orderDecides() {
    line(
        "  Yes. First to last %s overflow, last to first %,d; the prompt's pass %s.",
        count(order.overflows(), "score"), order.overflowsBackwards(), bothWays());
    order.onEdge().stream()
        .filter(e -> e.pass() == 0)
        .limit(LISTED)
        .forEach(e -> {
          line("  %s:", score(e.score()));
          line("    whether this overflows depends on the order of additions.");
        });
    order.differing().stream()
        .limit(LISTED)
        .forEach(s -> line("  overflows in one order only: %s", score(s)));
  }

  private String bothWays() {
    boolean fails = d.fails() && d.failingToken() == 1;
    if (fails == order.failsBackwards()) {
      return fails ? "fails either way" : "fails neither way";
    }
    return fails ? "fails in the first only" : "fails in the second only";
  }

  private void nearest() {
    order
        .nearest()
        .ifPresentOrElse(
            s -> line("  nearest    %s", score(s)),
            () -> line("  nearest    none: no score of the prompt's pass is a number"));
    order.nearestBackwards().ifPresent(b -> line("             summed backwards %s", b.value()));
    if (order.compared() > 0) {
      line(
          "  moved      by %.2g of its value at most, of %s near or past 65520",
          order.largestDifference(), count(order.compared(), "score"));
    }
  }

  /** Of later passes there is one order only, but what it moves is known. */
  private void laterPasses() {
    order.onEdge().stream()
        .filter(e -> e.pass() > 0)
        .limit(LISTED)
        .forEach(e -> {
          line("  In %s, %s:", pass(d, e.pass()), score(e.score()));
          line("    whether this overflows depends on the order of additions.");
        });
    d.firstOverflow()
        .filter(first -> first.pass() > 0)
        .flatMap(Overflow::score)
        .ifPresent(this::laterOverflow);
  }

  private void laterOverflow(ExtremeScore s) {
    line(
        order.settled(s)
            ? "  The first overflow is farther past 65520 than ten times that."
            : "  The first overflow is no farther past 65520 than ten times that: order-sensitive.");
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

package dev.loupe.engine.diagnose;

import static dev.loupe.engine.diagnose.DiagnosisText.count;

import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.Locale;

/** For people: a sum that overflowed before it was complete. */
final class SumOverflowText {

  /** Products whose counts are written out. */
  private static final int LISTED = 12;

  private final Diagnosis d;
  private final SumEvent event;
  private final StringBuilder out = new StringBuilder();

  private SumOverflowText(Diagnosis d, SumEvent event) {
    this.d = d;
    this.event = event;
  }

  /** The section under its heading. */
  static String of(Diagnosis d, SumEvent event) {
    return new SumOverflowText(d, event).section();
  }

  private String section() {
    SumOverflow sum = event.sum();
    line("First overflow inside a sum");
    line("  in         %s", sum.operation());
    line("  during     %s", DiagnosisText.pass(d, event.pass()));
    line("  row        %s", event.place());
    sum.head().ifPresent(head -> line("  head       %d", head));
    line(
        "  %s %d",
        sum.operation().step() == Step.SCORES ? "key       " : "element   ", sum.element());
    line(
        "  at         terms %,d to %,d of %,d: the float16 accumulator held %s, this step made it"
            + " infinite",
        sum.firstTerm(), sum.lastTerm(), sum.terms(), sum.before());
    float32(sum);
    counts();
    return out.toString();
  }

  private void float32(SumOverflow sum) {
    if (sum.finiteInFloat32()) {
      line(
          "  float32    a float32 accumulator ends at %s, and the result is %s: finite",
          sum.float32(), sum.rounded());
      line("  because    the accumulator is float16; operands and result are within its range");
    } else {
      line(
          "  float32    a float32 accumulator ends at %s, which float16 cannot hold either",
          sum.float32());
      line("  because    the result is past the range of float16, whatever adds it up");
    }
  }

  private void counts() {
    d.sumCounts().stream()
        .limit(LISTED)
        .forEach(c ->
            line(
                "  %s, %s: %s",
                c.pass() == 0 ? "prompt's pass" : "step " + c.pass(),
                c.operation(),
                count(c.sums(), "sum")));
    if (d.sumCounts().size() > LISTED) {
      line("  and in other products after them");
    }
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

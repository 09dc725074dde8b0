package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.AbsorbedOverflow;
import java.util.List;
import java.util.Locale;

/** The overflows that were absorbed, for people. */
final class AbsorbedText {

  /** Operations that are written out. */
  private static final int LISTED = 8;

  private final Diagnosis d;
  private final StringBuilder out = new StringBuilder();

  private AbsorbedText(Diagnosis d) {
    this.d = d;
  }

  /** Empty if there are none. */
  static String of(Diagnosis d) {
    return d.absorbed().isEmpty() ? "" : new AbsorbedText(d).text();
  }

  private String text() {
    AbsorbedEvent first = d.absorbed().getFirst();
    AbsorbedOverflow o = first.overflow();
    line("");
    line("Absorbed overflow");
    line("  in         %s", o.operation());
    line("  during     %s", DiagnosisText.pass(d, first.pass()));
    o.head().ifPresent(head -> line("  head       %d", head));
    line("  %s %s", first.isScore() ? "query     " : "row       ", first.place());
    line("  %s %d", first.isScore() ? "key       " : "element   ", o.element());
    line("  was        %s, and became %s", o.before(), o.after());
    line("  because    %s", o.how().explanation());
    List<AbsorbedEvent> listed = d.absorbed().stream().limit(LISTED).toList();
    listed.forEach(e ->
        line(
            "  %s, %s, %s: %s",
            e.pass() == 0 ? "prompt's pass" : "step " + e.pass(),
            e.overflow().operation(),
            e.overflow().how(),
            DiagnosisText.count(e.overflow().count(), e.noun())));
    if (d.absorbed().size() > LISTED) {
      line("  and in operations after them");
    }
    return out.toString();
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.AbsorbedEvent;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Page;
import dev.loupe.engine.page.Table;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import java.util.List;

/** The overflows that were absorbed: the first with its place, and a table. */
final class AbsorbedSection {

  /** Operations on the page; JSON has more. */
  private static final int LISTED = 12;

  private final Diagnosis d;
  private final Markup out;

  private AbsorbedSection(Diagnosis d, Markup out) {
    this.d = d;
    this.out = out;
  }

  /** Writes nothing if there are none. */
  static void write(Markup out, Diagnosis d) {
    if (!d.absorbed().isEmpty()) {
      new AbsorbedSection(d, out).section();
    }
  }

  private void section() {
    out.open("section").element("h2", "Absorbed overflow").open("dl");
    AbsorbedEvent first = d.absorbed().getFirst();
    AbsorbedOverflow o = first.overflow();
    Page.fact(out, "in", o.operation().toString());
    Page.fact(out, "during", DiagnosisText.pass(d, first.pass()));
    o.head().ifPresent(head -> Page.fact(out, "head", head));
    out.element("dt", first.isScore() ? "query" : "row").open("dd", "data-value", o.row());
    out.text(first.place()).close("dd");
    Page.fact(out, first.isScore() ? "key" : "element", o.element());
    Page.fact(out, "was", o.before());
    Page.fact(out, "became", o.after());
    Page.fact(out, "because", o.how().explanation());
    out.close("dl");
    table(d.absorbed());
    out.close("section");
  }

  private void table(List<AbsorbedEvent> events) {
    Table table = new Table(out, "pass", "operation", "how", "count");
    for (AbsorbedEvent e : events.subList(0, Math.min(LISTED, events.size()))) {
      AbsorbedOverflow o = e.overflow();
      out.open("tr");
      table.cell("pass").number(e.pass()).close("td");
      table.cell("operation").text(o.operation().toString()).close("td");
      table.cell("how").text(o.how().toString()).close("td");
      table.cell("count").number(o.count()).text(" " + e.noun());
      out.text(o.count() == 1 ? "" : "s").close("td").close("tr");
    }
    table.end();
    if (events.size() > LISTED) {
      out.element("p", "Further operations and passes are in the JSON.", "class", "quiet");
    }
  }
}

package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.AbsorbedEvent;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.page.Markup;
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
    fact("in", o.operation().toString());
    fact("during", DiagnosisText.pass(d, first.pass()));
    o.head().ifPresent(head -> value("head", head));
    out.element("dt", first.isScore() ? "query" : "row").open("dd", "data-value", o.row());
    out.text(first.place()).close("dd");
    value(first.isScore() ? "key" : "element", o.element());
    number("was", o.before());
    number("became", o.after());
    fact("because", o.how().explanation());
    out.close("dl");
    table(d.absorbed());
    out.close("section");
  }

  private void table(List<AbsorbedEvent> events) {
    out.open("table").open("thead").open("tr");
    for (String head : List.of("pass", "operation", "how", "count")) {
      out.element("th", head, "scope", "col");
    }
    out.close("tr").close("thead").open("tbody");
    for (AbsorbedEvent e : events.subList(0, Math.min(LISTED, events.size()))) {
      AbsorbedOverflow o = e.overflow();
      out.open("tr").open("td", "data-label", "pass").number(e.pass()).close("td");
      out.element("td", o.operation().toString(), "data-label", "operation");
      out.element("td", o.how().toString(), "data-label", "how");
      out.open("td", "data-label", "count").number(o.count()).text(" " + e.noun());
      out.text(o.count() == 1 ? "" : "s").close("td").close("tr");
    }
    out.close("tbody").close("table");
    if (events.size() > LISTED) {
      out.element("p", "Further operations and passes are in the JSON.", "class", "quiet");
    }
  }

  private void fact(String name, String value) {
    out.element("dt", name).element("dd", value);
  }

  private void number(String name, float number) {
    if (Float.isFinite(number)) {
      value(name, number);
    } else {
      fact(name, Float.toString(number));
    }
  }

  private void value(String name, Number value) {
    out.element("dt", name).open("dd").number(value).close("dd");
  }
}

package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.Outcome;
import dev.loupe.engine.diagnose.RemedyReport;
import dev.loupe.engine.diagnose.Verdict;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Table;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What every remedy does to the prompt, with its verdict. */
final class RemediesSection {

  private final Diagnosis d;
  private final Markup out;

  private RemediesSection(Diagnosis d, Markup out) {
    this.d = d;
    this.out = out;
  }

  /** Writes the table, if remedies were tried. */
  static void write(Markup out, Diagnosis d) {
    if (!d.remedies().isEmpty()) {
      new RemediesSection(d, out).section();
    }
  }

  private void section() {
    out.open("section").element("h2", "What helps, compared with float32");
    Table table =
        new Table(
            out, "remedy", "verdict", "logits differ by", "first other token", "overflows", "text");
    d.remedies().forEach(r -> row(table, r));
    table.end();
    rules();
    out.close("section");
  }

  private void row(Table table, RemedyReport r) {
    out.open("tr").open("th", "scope", "row").text(r.remedy().toString());
    out.element("small", r.remedy().how()).close("th");
    table.cell("verdict");
    out.element("span", d.inWords(r.verdict()), "class", "verdict " + style(r.verdict()));
    out.close("td");
    table.cell("logits differ by");
    r.logitDifference()
        .ifPresentOrElse(
            difference -> out.number(difference, String.format(Locale.ROOT, "%.3g", difference)),
            () -> out.text("not finite"));
    out.close("td");
    table.cell("first other token");
    r.firstDifferentToken().ifPresentOrElse(out::number, () -> out.text("none"));
    out.close("td");
    table.cell("overflows");
    overflows(r.outcome());
    out.close("td");
    table.cell("text");
    out.text(r.outcome().failed() ? "cannot be drawn" : r.outcome().text());
    out.close("td").close("tr");
  }

  private void overflows(Outcome o) {
    if (o.overflows() + o.otherOverflows() + o.exposed() == 0) {
      out.text("none");
      return;
    }
    out.number(o.overflows());
    if (o.otherOverflows() > 0) {
      out.sentence(", %s elsewhere", o.otherOverflows());
    }
    if (o.exposed() > 0) {
      out.sentence(", %s exposed", o.exposed());
    }
  }

  private void rules() {
    Set<Verdict> given = EnumSet.noneOf(Verdict.class);
    d.remedies().forEach(r -> given.add(r.verdict()));
    out.open("dl");
    for (Verdict verdict : given) {
      out.open("dt").element("span", d.inWords(verdict), "class", "verdict " + style(verdict));
      out.close("dt").element("dd", verdict.rule());
    }
    if (d.remedies().stream().anyMatch(r -> r.outcome().exposed() > 0)) {
      out.element("dt", "exposed");
      out.element("dd", "scores that the mask was to hide, and that became a visible 0");
    }
    out.close("dl");
  }

  private static String style(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

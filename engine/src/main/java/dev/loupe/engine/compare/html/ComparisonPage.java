package dev.loupe.engine.compare.html;

import dev.loupe.engine.compare.ComparisonText;
import dev.loupe.engine.compare.StageComparison;
import dev.loupe.engine.compare.StageDistance;
import dev.loupe.engine.compare.StageDistance.Element;
import dev.loupe.engine.compare.TraceComparison;
import dev.loupe.engine.compare.TraceComparison.Side;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Page;
import dev.loupe.engine.page.Table;
import java.util.List;
import java.util.Locale;

/**
 * A comparison of two traces as one HTML page without script and without references to other files:
 * the verdict, the first difference, the distances by stage as a plot, and the table of stages.
 *
 * <pre>{@code
 * Files.writeString(file, ComparisonPage.of(comparison, "loupe compare a b", versions));
 * }</pre>
 */
public final class ComparisonPage {
  private final TraceComparison c;
  private final Markup out;

  private ComparisonPage(TraceComparison c) {
    this.c = c;
    this.out = Page.begin("Comparison of %s and %s".formatted(c.a().file(), c.b().file()));
  }

  /**
   * The page, in UTF-8 by its own declaration.
   *
   * @param comparison what it shows
   * @param command what made the page, for who wants to repeat it
   * @param versions of the program and what it runs on
   */
  public static String of(TraceComparison comparison, String command, List<String> versions) {
    return new ComparisonPage(comparison).page(command, versions);
  }

  private String page(String command, List<String> versions) {
    head();
    Page.command(out, command);
    side("A", c.a());
    side("B", c.b());
    Page.fact(out, "numbers compared in", c.typeName());
    Page.madeBy(out, versions);
    first();
    DistancePlot.write(out, c);
    table();
    notes();
    return Page.end(out);
  }

  private void head() {
    String style =
        switch (c.verdict()) {
          case SAME, WITHIN_ROUNDING -> "clean";
          case INCOMPLETE -> "left";
          case DIFFERENT -> "fails";
        };
    out.open("header", "class", style).element("h1", ComparisonText.verdict(c));
    c.cause()
        .or(c::first)
        .map(StageComparison::what)
        .filter(what -> !what.isEmpty())
        .ifPresent(what -> out.element("p", what + "."));
    out.close("header");
  }

  private void side(String label, Side s) {
    out.element("dt", label).open("dd").text(s.file() + ": " + s.typeName() + ", ");
    out.text(s.attention());
    if (s.tokens() > 0) {
      out.sentence(", %s tokens", s.tokens());
    }
    out.text(s.model().isEmpty() ? "" : ", model " + s.model());
    out.text(s.run().isEmpty() ? "" : ", " + s.run()).close("dd");
  }

  /** The first stage that differs in a way that rounding does not explain, or else in any. */
  private void first() {
    StageComparison s = c.cause().or(c::first).orElse(null);
    if (s == null) {
      return;
    }
    out.open("section");
    out.element("h2", c.cause().isPresent() ? "The first difference" : "The first rounding");
    out.open("dl");
    Page.fact(out, "stage", s.stage());
    Page.fact(out, "what explains it", s.judgement().toString());
    if (!s.what().isEmpty()) {
      Page.fact(out, "what it is", s.what());
    }
    s.distance().flatMap(d -> d.firstNotFinite().or(d::first)).ifPresent(this::place);
    out.close("dl").close("section");
  }

  private void place(Element e) {
    out.element("dt", "place").open("dd");
    out.sentence("row %s, element %s, counted from 0", e.row(), e.index()).close("dd");
    Page.fact(out, "A has", e.a());
    Page.fact(out, "B has", e.b());
  }

  private void table() {
    out.open("section").element("h2", "All stages");
    out.element(
        "p",
        "Distances are those of the elements that differ and are finite, in units in the last place"
            + " of %s.".formatted(c.typeName()));
    Table table = new Table(out, "stage", "what explains it", "differ", "mean", "worst", "first");
    for (StageComparison s : c.stages()) {
      out.open("tr").element("th", s.stage(), "scope", "row");
      table.cell("what explains it");
      out.element("span", s.judgement().toString(), "class", style(s)).close("td");
      s.distance()
          .filter(d -> d.differing() > 0)
          .ifPresentOrElse(d -> distance(table, d), this::none);
      out.close("tr");
    }
    table.end();
    out.close("section");
  }

  private static String style(StageComparison s) {
    return s.judgement().withinRounding() ? "verdict cures" : "verdict does-not-help";
  }

  /** On a narrow screen these cells are left out. */
  private void none() {
    for (int i = 0; i < 4; i++) {
      out.element("td", "-", "class", "none");
    }
  }

  private void distance(Table table, StageDistance d) {
    String share = String.format(Locale.ROOT, "%.4g %%", 100 * d.share());
    table.cell("differ").number(d.differing()).text(" of ").number(d.elements()).text(", " + share);
    if (d.onlyOneInfinite() + d.onlyOneNan() > 0) {
      out.sentence("; %s infinite, %s NaN in one", d.onlyOneInfinite(), d.onlyOneNan());
    }
    out.close("td");
    table.figure("mean").number(d.meanUlps(), ComparisonText.ulps(d.meanUlps())).close("td");
    table.figure("worst").number(d.worstUlps(), ComparisonText.ulps(d.worstUlps())).close("td");
    table.cell("first");
    d.first().ifPresent(e -> out.sentence("[%s, %s] %s, %s", e.row(), e.index(), e.a(), e.b()));
    out.close("td");
  }

  private void notes() {
    if (!c.notes().isEmpty()) {
      out.open("section").element("h2", "Notes");
      c.notes().forEach(note -> out.element("p", note));
      out.close("section");
    }
  }
}

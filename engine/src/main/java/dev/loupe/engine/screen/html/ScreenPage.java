package dev.loupe.engine.screen.html;

import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Page;
import dev.loupe.engine.page.Table;
import dev.loupe.engine.screen.Extreme;
import dev.loupe.engine.screen.PictureScreen;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.engine.screen.ScreenReport;
import dev.loupe.engine.screen.ScreenText;
import dev.loupe.engine.screen.ScreenVerdict;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A screen as one HTML page without script and without references to other files. It names the
 * pictures and words of the prompt, and shows no picture.
 *
 * <pre>{@code
 * Files.writeString(file, ScreenPage.of(report, "loupe screen photos", versions));
 * }</pre>
 */
public final class ScreenPage {

  /** Pictures that could not be run and are listed; JSON has all. */
  private static final int LISTED = 50;

  private final ScreenReport report;
  private final Markup out;

  private ScreenPage(ScreenReport report) {
    this.report = report;
    this.out = Page.begin("Screen of " + report.model());
  }

  /**
   * The page, in UTF-8 by its own declaration.
   *
   * @param report what it shows
   * @param command what made the page, for who wants to repeat it
   * @param versions of the program and what it runs on
   */
  public static String of(ScreenReport report, String command, List<String> versions) {
    return new ScreenPage(report).page(command, versions);
  }

  private String page(String command, List<String> versions) {
    head();
    Page.command(out, command);
    Page.fact(out, "model", report.model());
    Page.fact(out, "prompt", report.prompt());
    Page.madeBy(out, versions);
    report.profiles().forEach(this::profile);
    unread();
    return Page.end(out);
  }

  private void head() {
    out.open("header", "class", style());
    if (report.profiles().size() == 1) {
      ProfileReport only = report.profiles().getFirst();
      out.element("h1", heading(only) + ": " + ScreenText.verdict(only));
    } else {
      out.element("h1", report.model() + " in several arithmetics");
      out.open("dl");
      for (ProfileReport p : report.profiles()) {
        out.element("dt", p.profile().toString()).open("dd").text(ScreenText.verdict(p));
        out.close("dd");
      }
      out.close("dl");
    }
    out.element("p", "A verdict holds for these pictures and this prompt.", "class", "quiet");
    out.close("header");
  }

  /** The style of the worst verdict. */
  private String style() {
    ScreenVerdict worst =
        report.profiles().stream()
            .flatMap(p -> p.verdict().stream())
            .max(ScreenVerdict::compareTo)
            .orElse(ScreenVerdict.FAILS);
    return switch (worst) {
      case SAFE -> "clean";
      case NARROW -> "left";
      case FAILS -> "fails";
    };
  }

  private String heading(ProfileReport p) {
    return report.model() + ", " + p.profile();
  }

  private void profile(ProfileReport p) {
    out.open("section").element("h2", heading(p));
    out.element("p", ScreenText.verdict(p));
    p.first().ifPresent(this::first);
    if (p.screened() > 0) {
      out.open("div", "class", "plots");
      GrowthPlot.write(out, p);
      LayerPlot.write(out, p);
      out.close("div");
      LayerPlot.legend(out);
      narrowest(p);
    }
    out.close("section");
  }

  private void first(PictureScreen first) {
    out.open("dl");
    Page.fact(out, "first to fail", first.picture());
    Optional<Extreme> overflow = first.overflow();
    if (overflow.isPresent()) {
      Extreme e = overflow.get();
      Page.fact(out, "in", e.site().toString());
      out.element("dt", "value").open("dd");
      out.number(e.magnitude()).text("; the range ends at ").number(e.limit()).close("dd");
      Page.fact(out, "at", e.at());
    }
    first.error().ifPresent(error -> Page.fact(out, "no answer", error));
    out.close("dl");
  }

  private void narrowest(ProfileReport p) {
    out.element(
        "p",
        "The narrowest places. In a picture that fails, what comes after the first number out of"
            + " range is left out.");
    Table table = new Table(out, "place", "margin", "largest", "picture", "at");
    for (Extreme e : p.narrowest()) {
      out.open("tr").element("th", e.site().toString(), "scope", "row");
      table.figure("margin").number(e.margin(), ScreenText.margin(e.margin())).close("td");
      table.figure("largest").number(e.magnitude()).close("td");
      table.cell("picture").text(e.picture()).close("td");
      table.cell("at").text(e.at()).close("td").close("tr");
    }
    table.end();
  }

  private void unread() {
    if (report.unread().isEmpty()) {
      return;
    }
    out.open("section");
    out.element("h2", String.format(Locale.ROOT, "%,d pictures not run", report.unread().size()));
    report.unread().stream().limit(LISTED).forEach(u -> out.element("p", u.reason()));
    if (report.unread().size() > LISTED) {
      out.element("p", "The JSON of the screen lists all of them.");
    }
    out.close("section");
  }
}

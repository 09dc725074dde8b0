package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Page;
import java.util.List;

/**
 * A diagnosis as one HTML page without script and without references to other files. It fits
 * screens from 375 pixels on, light and dark, and paper. It shows the prompt and its pictures, so
 * it is as private as they are.
 *
 * <pre>{@code
 * Files.writeString(file, DiagnosisPage.of(diagnosis, prompt, "loupe diagnose a.png", versions));
 * }</pre>
 */
public final class DiagnosisPage {

  private final Diagnosis d;
  private final Prompt prompt;
  private final Markup out;

  private DiagnosisPage(Diagnosis d, Prompt prompt) {
    this.d = d;
    this.prompt = prompt;
    this.out = Page.begin("float16 diagnosis of " + d.model());
  }

  /**
   * The page, in UTF-8 by its own declaration.
   *
   * @param diagnosis what it shows
   * @param prompt that was diagnosed
   * @param command what made the page, for who wants to repeat it
   * @param versions of the program and what it runs on
   */
  public static String of(
      Diagnosis diagnosis, Prompt prompt, String command, List<String> versions) {
    return new DiagnosisPage(diagnosis, prompt).page(command, versions);
  }

  private String page(String command, List<String> versions) {
    VerdictSection.head(out, d);
    setting(command, versions);
    VerdictSection.origin(out, d);
    RemediesSection.write(out, d);
    magnitudes();
    heads();
    nan();
    tokens();
    exponents();
    DivergencePlot.write(out, d);
    Glossary.write(out);
    return Page.end(out);
  }

  private void setting(String command, List<String> versions) {
    Page.command(out, command);
    Page.fact(out, "model", d.model());
    Page.fact(out, "type", d.profile().computeName());
    Page.fact(out, "attention", d.profile().attention().toString());
    Page.fact(out, "arithmetic", d.profile().accumulation().label());
    Page.fact(out, "remedy", d.profile().remedy().toString());
    Page.fact(out, "remedy of sampling", d.outcome().sampling().toString());
    out.element("dt", "seed").open("dd").number(d.seed(), Long.toString(d.seed())).close("dd");
    Page.fact(out, "tokens of the prompt", d.promptTokens());
    out.element("dt", "weights").open("dd");
    out.sentence("%s rounded to the type: ", d.weights().weights());
    out.sentence("%s changed, %s became infinite", d.weights().inexact(), d.weights().overflowed());
    out.close("dd").element("dt", "results").open("dd");
    out.sentence("%s of all operations: ", d.underflow().elements());
    out.sentence("%s became 0, %s subnormal", d.underflow().zeroed(), d.underflow().subnormal());
    out.close("dd");
    Page.madeBy(out, versions);
  }

  private void magnitudes() {
    out.open("section").element("h2", "Largest magnitudes, layer by layer");
    out.element(
        "p",
        "Each mark is the largest finite number before rounding among the operations of its kind,"
            + " over the whole run. Operations from which only NaN came are marked in the top"
            + " strip.");
    MagnitudePlot.write(out, d);
    out.close("section");
  }

  private void heads() {
    out.open("section").element("h2", "How near the scores come to 65520, by layer and head");
    if (d.margins().layers().isEmpty()) {
      out.element("p", "With sdpa attention the scores stay float32: there is no margin to draw.");
    } else {
      out.element(
          "p",
          "The largest magnitude of a score before rounding, over the whole run. From 65520 on"
              + " float16 makes infinity of it. Hidden scores count, for the mask does not hide"
              + " infinity.");
      HeadMap.write(out, d);
    }
    out.close("section");
  }

  private void nan() {
    if (d.firstNan().isPresent()) {
      out.open("section").element("h2", "How NaN spreads, token by layer");
      NanMap.write(out, d);
      out.close("section");
    }
  }

  private void tokens() {
    if (d.margins().tokens().isEmpty()) {
      return;
    }
    out.open("section").element("h2", "Tokens and pictures, by the scores they take part in");
    out.element(
        "p",
        "The largest magnitude of a score in the decoder in which the token is query or key, over all"
            + " layers and heads in which its scores are numbers.");
    TokenMap.write(out, d, prompt);
    out.close("section");
  }

  private void exponents() {
    out.open("section").element("h2", "Exponents of the results, by operation");
    out.element(
        "p",
        "How many results had which power of two before rounding, in all layers and the whole run"
            + " together. The height of a bar is the square root of its share of the row's longest,"
            + " so that rare ones are seen. Zeros and what is not finite are left out."
            + " Dashed: 2^-24 and 2^-14, the least and the least normal number of float16, and 2^16,"
            + " where it has ended.");
    ExponentPlot.write(out, d);
    out.close("section");
  }
}

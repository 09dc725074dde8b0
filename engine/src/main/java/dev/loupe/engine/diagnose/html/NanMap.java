package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.diagnose.NanRows;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Scale;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/** A map of the rows with NaN after each stage: tokens of the decoder, patches of the tower. */
final class NanMap {

  private NanMap() {}

  /** Writes the maps of the parts in which there is NaN. */
  static void write(Markup out, Diagnosis d) {
    out.open("p").text("In " + DiagnosisText.pass(d, d.nanPass()) + ". ");
    d.firstNan()
        .ifPresent(first -> {
          out.text("The first NaN stands after " + first.stage() + ": ");
          out.sentence("%s of %s rows hold one.", first.nanRows(), first.rows());
        });
    out.close("p").open("div", "class", "plots");
    for (Part part : List.of(Part.VISION_TOWER, Part.DECODER)) {
      List<NanRows> stages = d.spread().stream().filter(r -> r.stage().part() == part).toList();
      if (stages.stream().anyMatch(r -> r.nanRows() > 0)) {
        int first =
            part == Part.DECODER && d.nanPass() > 0 ? d.promptTokens() + d.nanPass() - 1 : 0;
        map(out, part == Part.VISION_TOWER, stages, first);
      }
    }
    out.close("div");
    Legend legend = new Legend(out);
    legend.square("NaN in the row", "nan");
    legend.square("numbers alone", "sound");
    legend.end();
  }

  private static void map(Markup out, boolean vision, List<NanRows> stages, int first) {
    int rows = stages.stream().mapToInt(NanRows::rows).max().orElseThrow();
    double height = Math.clamp(200.0 / stages.size(), 11, 20);
    out.open("figure").element("figcaption", vision ? "Vision tower" : "Decoder");
    Plot plot = new Plot(out, "Rows with NaN after each stage", 86, height * stages.size());
    Scale x = Scale.linear(0, rows, 86, Plot.RIGHT);
    for (int i = 0; i < stages.size(); i++) {
      stage(out, stages.get(i), x, Plot.TOP + i * height, height);
      plot.tickY(Plot.TOP + (i + 0.5) * height, stages.get(i).stage().toString(), false);
    }
    plot.frame();
    for (int row = 0; row < rows; row += Plot.step(rows)) {
      plot.tickX(x.at(row + 0.5), Integer.toString(first + row), false);
    }
    plot.names(vision ? "patch" : "token, by its position", "");
    plot.end();
    out.close("figure");
  }

  private static void stage(Markup out, NanRows of, Scale x, double top, double height) {
    double end = x.at(of.rows());
    out.leaf(
        "rect",
        "class",
        "sound",
        "x",
        x.start(),
        "y",
        top,
        "width",
        end - x.start(),
        "height",
        height);
    StringBuilder path = new StringBuilder();
    for (NanRows.Span span : of.spans()) {
      double left = x.at(span.first());
      double width = x.at(span.first() + (double) span.rows()) - left;
      path.append("M").append(Markup.point(left, top)).append("h").append(Markup.coordinate(width));
      path.append("v").append(Markup.coordinate(height));
      path.append("h-").append(Markup.coordinate(width)).append("z");
    }
    if (!path.isEmpty()) {
      out.open("path", "class", "nan", "d", path, "data-value", of.nanRows()).open("title");
      out.text("%s: %d of %d rows hold NaN".formatted(of.stage(), of.nanRows(), of.rows()));
      out.close("title").close("path");
    }
  }
}

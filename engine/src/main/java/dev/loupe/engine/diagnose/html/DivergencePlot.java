package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.RemedyReport;
import dev.loupe.engine.diagnose.StageDifference;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Polyline;
import dev.loupe.engine.page.PowersOfTen;
import dev.loupe.engine.page.Scale;
import dev.loupe.tensor.numerics.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far each remedy's run is from float32, stage by stage, on a logarithmic axis. */
final class DivergencePlot {

  /** What is smaller, such as no difference at all, is drawn here. */
  private static final double LEAST = 1e-6;

  private static final double MOST = 10;
  private static final double HEIGHT = 250;

  private final Markup out;

  /** Runs with the same numbers are one line. */
  private final Map<List<StageDifference>, List<String>> lines = new LinkedHashMap<>();

  private DivergencePlot(Markup out, Diagnosis d) {
    this.out = out;
    for (RemedyReport r : d.remedies()) {
      if (!r.stages().isEmpty()) {
        lines.computeIfAbsent(r.stages(), stages -> new ArrayList<>()).add(r.remedy().toString());
      }
    }
  }

  /** Writes the plot and what its lines are, if remedies were tried. */
  static void write(Markup out, Diagnosis d) {
    DivergencePlot plot = new DivergencePlot(out, d);
    if (!plot.lines.isEmpty()) {
      plot.write();
    }
  }

  private void write() {
    out.open("section").element("h2", "How far each remedy is from float32, stage by stage");
    out.element(
        "p",
        "The largest difference of two finite numbers, as a share of float32's largest, in the"
            + " prompt's pass and %d rows of each stage at most. Where no number is finite, the line"
                .formatted(RemedyReport.ROWS)
            + " is in the top strip. Remedies with the same numbers share a line.");
    out.open("figure", "class", "wide");
    List<StageDifference> stages = lines.keySet().iterator().next();
    Plot plot = new Plot(out, "Differences from float32 by stage", Plot.LEFT, HEIGHT);
    Scale x = Scale.linear(-0.5, stages.size() - 0.5, Plot.LEFT, Plot.RIGHT);
    Scale y = Scale.logarithmic(LEAST, MOST, plot.bottom(), Plot.TOP + Plot.STRIP);
    for (int exponent = -6; exponent <= 1; exponent++) {
      String label = PowersOfTen.label(exponent);
      plot.tickY(y.at(PowersOfTen.of(exponent)), exponent == -6 ? "0, " + label : label, true);
    }
    plot.stripY("NaN");
    parts(plot, stages, x);
    plot.frame();
    int number = 0;
    for (List<StageDifference> line : lines.keySet()) {
      line(line, number++, x, y);
    }
    plot.names("stage, in the order of computation", "difference, share of the largest");
    plot.end();
    out.close("figure");
    legend();
    out.close("section");
  }

  /** Where the tower ends, and some layers. */
  private static void parts(Plot plot, List<StageDifference> stages, Scale x) {
    long layers = stages.stream().filter(s -> s.stage().layer().isPresent()).count();
    int step = Plot.step((int) layers) * 2;
    for (int i = 0; i < stages.size(); i++) {
      boolean vision = stages.get(i).stage().part() == Part.VISION_TOWER;
      int layer = stages.get(i).stage().layer().orElse(-1);
      if (layer == 0) {
        plot.tickX(x.at(i), vision ? "block 0" : "layer 0", false);
      } else if (layer > 0 && layer % step == 0) {
        plot.tickX(x.at(i), Integer.toString(layer), false);
      }
      if (i > 0 && vision != (stages.get(i - 1).stage().part() == Part.VISION_TOWER)) {
        plot.line("tick", x.at(i - 0.5), Plot.TOP, x.at(i - 0.5), plot.bottom());
      }
    }
  }

  private void line(List<StageDifference> line, int number, Scale x, Scale y) {
    Polyline path = new Polyline();
    for (int i = 0; i < line.size(); i++) {
      path.to(x.at(i), height(line.get(i), y));
    }
    path.write(out, "run run" + number);
    for (int i = 0; i < line.size(); i++) {
      StageDifference s = line.get(i);
      out.open(
          "circle",
          "class",
          "dot run" + number,
          "cx",
          x.at(i),
          "cy",
          height(s, y),
          "r",
          2.2,
          "data-value",
          s.share());
      out.open("title").text(String.join(", ", lines.get(line)) + ", after " + s.stage() + ": ");
      out.text("differs by " + s.share() + " of the largest");
      out.text(s.finiteInOne() == 0 ? "" : ", %d finite in one only".formatted(s.finiteInOne()));
      out.close("title").close("circle");
    }
  }

  private static double height(StageDifference s, Scale y) {
    return s.finiteInBoth() == 0 ? Plot.STRIP_MIDDLE : y.at(s.share());
  }

  private void legend() {
    Legend legend = new Legend(out);
    int number = 0;
    for (List<String> names : lines.values()) {
      legend.line(String.join(", ", names), "run run" + number++);
    }
    legend.end();
  }
}

package dev.loupe.engine.compare.html;

import dev.loupe.engine.compare.StageComparison;
import dev.loupe.engine.compare.StageDistance;
import dev.loupe.engine.compare.TraceComparison;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Polyline;
import dev.loupe.engine.page.PowersOfTen;
import dev.loupe.engine.page.Scale;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How far two traces are from each other, stage by stage, in units in the last place. */
final class DistancePlot {

  /** What is smaller is drawn here. */
  private static final double LEAST = 0.1;

  /** Steps between labels that the height has room for. */
  private static final int POWERS = 14;

  private static final double HEIGHT = 250;

  private static final Pattern LAYER = Pattern.compile("(visual\\.blocks|layers)\\.(\\d+)");

  private final Markup out;
  private final List<StageComparison> stages;
  private final Scale x;
  private Scale y;

  private DistancePlot(Markup out, List<StageComparison> stages) {
    this.out = out;
    this.stages = stages;
    this.x = Scale.linear(-0.5, stages.size() - 0.5, Plot.LEFT, Plot.RIGHT);
  }

  /** Writes the plot and what its marks mean, if numbers were compared. */
  static void write(Markup out, TraceComparison c) {
    List<StageComparison> stages =
        c.stages().stream().filter(s -> s.distance().isPresent()).toList();
    if (!stages.isEmpty()) {
      new DistancePlot(out, stages).write(c.typeName());
    }
  }

  private void write(String type) {
    out.open("section").element("h2", "Distances, stage by stage");
    out.element(
        "p",
        "Of the elements that differ, in units in the last place of %s, at the larger of the element"
                .formatted(type)
            + " and a sixteenth of its row's largest. Stages without a difference are at the bottom.");
    out.open("figure", "class", "wide");
    Plot plot = new Plot(out, "Distances by stage", Plot.LEFT, HEIGHT);
    y = Scale.logarithmic(LEAST / 2, most(), plot.bottom(), Plot.TOP + Plot.STRIP);
    plot.tickY(plot.bottom(), "same", false);
    plot.powersY(y, POWERS);
    plot.stripY("inf, NaN");
    ticks(plot);
    plot.frame();
    line();
    for (int i = 0; i < stages.size(); i++) {
      marks(i);
    }
    plot.names("stage, in the order of computation", "units in the last place");
    plot.end();
    out.close("figure");
    legend();
    out.close("section");
  }

  private double most() {
    double worst =
        stages.stream().mapToDouble(s -> s.distance().orElseThrow().worstUlps()).max().orElse(1);
    return PowersOfTen.of(PowersOfTen.ceil(Math.clamp(worst, 10, 1e12)));
  }

  private void ticks(Plot plot) {
    long layers = stages.stream().filter(s -> LAYER.matcher(s.stage()).matches()).count();
    int step = Plot.step((int) layers) * 2;
    for (int i = 0; i < stages.size(); i++) {
      Matcher layer = LAYER.matcher(stages.get(i).stage());
      if (layer.matches()) {
        int number = Integer.parseInt(layer.group(2));
        String name = layer.group(1).equals("layers") ? "layer " : "block ";
        if (number % step == 0) {
          plot.tickX(x.at(i), (number == 0 ? name : "") + number, false);
        }
      }
    }
  }

  private void line() {
    Polyline path = new Polyline();
    for (int i = 0; i < stages.size(); i++) {
      StageDistance d = stages.get(i).distance().orElseThrow();
      if (onlyNotFinite(d)) {
        path.gap();
      } else {
        path.to(x.at(i), height(d.meanUlps()));
      }
    }
    path.write(out, "run run0");
  }

  /** Whether all that differs is infinite or NaN in one: then there is no distance. */
  private static boolean onlyNotFinite(StageDistance d) {
    return d.meanUlps() == 0 && d.differing() > 0;
  }

  /** The coordinate of a distance; none is at the bottom. */
  private double height(double ulps) {
    return ulps == 0 ? y.start() : y.at(Math.max(ulps, LEAST));
  }

  private void marks(int i) {
    StageComparison s = stages.get(i);
    StageDistance d = s.distance().orElseThrow();
    double at = x.at(i);
    if (d.onlyOneInfinite() + d.onlyOneNan() > 0) {
      out.open("circle", "class", "past", "cx", at, "cy", Plot.STRIP_MIDDLE, "r", 3);
      out.open("title").text("%s: ".formatted(s.stage()));
      out.text("%d infinite in one, %d NaN in one".formatted(d.onlyOneInfinite(), d.onlyOneNan()));
      out.close("title").close("circle");
    }
    if (onlyNotFinite(d)) {
      return;
    }
    if (!s.judgement().withinRounding()) {
      out.leaf("circle", "class", "past", "cx", at, "cy", height(d.meanUlps()), "r", 5);
    }
    double top = height(d.worstUlps());
    out.open(
        "rect",
        "class",
        "dot run2",
        "x",
        at - 2,
        "y",
        top - 2,
        "width",
        4,
        "height",
        4,
        "data-value",
        d.worstUlps());
    title(s, "worst", d.worstUlps()).close("rect");
    out.open(
        "circle",
        "class",
        "dot run0",
        "cx",
        at,
        "cy",
        height(d.meanUlps()),
        "r",
        2.4,
        "data-value",
        d.meanUlps());
    title(s, "mean", d.meanUlps()).close("circle");
  }

  private Markup title(StageComparison s, String what, double ulps) {
    out.open("title").text("%s, %s: %s".formatted(s.stage(), s.judgement(), what));
    return out.text(" " + ulps + " units in the last place").close("title");
  }

  /** The worst is a square, for readers who see no colours. */
  private void legend() {
    Legend legend = new Legend(out);
    legend.mark(
        "mean of the elements that differ",
        "circle",
        "class",
        "dot run0",
        "cx",
        7,
        "cy",
        7,
        "r",
        3);
    legend.mark(
        "the worst element", "rect", "class", "dot run2", "x", 5, "y", 5, "width", 4, "height", 4);
    legend.mark(
        "beyond rounding, or a consequence of it; on top: infinite or NaN in one alone",
        "circle",
        "class",
        "past",
        "cx",
        7,
        "cy",
        7,
        "r",
        5);
    legend.end();
  }
}

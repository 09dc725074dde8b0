package dev.loupe.engine.compare.html;

import dev.loupe.engine.compare.StageComparison;
import dev.loupe.engine.compare.StageDistance;
import dev.loupe.engine.compare.TraceComparison;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Scale;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How far two traces are from each other, stage by stage, in units in the last place. */
final class DistancePlot {

  /** What is smaller is drawn here. */
  private static final double LEAST = 0.1;

  private static final double HEIGHT = 250;

  /** Above the area proper, for stages with numbers that are finite in one alone. */
  private static final double STRIP = 22;

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
      new DistancePlot(out, stages).write(Numbers.type(c.dtype()));
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
    y = Scale.logarithmic(LEAST / 2, most(), plot.bottom(), Plot.TOP + STRIP);
    plot.tickY(plot.bottom(), "same", false);
    for (double ulps = LEAST; ulps <= most() * 1.001; ulps *= 10) {
      plot.tickY(y.at(ulps), Plot.power((int) Math.round(Math.log10(ulps))), true);
    }
    plot.tickY(Plot.TOP + STRIP / 2, "inf, NaN", false);
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
    return Math.pow(10, Math.ceil(Math.log10(Math.clamp(worst, 10, 1e12))));
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
    StringBuilder path = new StringBuilder();
    boolean gap = true;
    for (int i = 0; i < stages.size(); i++) {
      StageDistance d = stages.get(i).distance().orElseThrow();
      if (!onlyNotFinite(d)) {
        path.append(gap ? "M" : "L").append(Markup.point(x.at(i), height(d.meanUlps())));
      }
      gap = onlyNotFinite(d);
    }
    if (!path.isEmpty()) {
      out.leaf("path", "class", "run run0", "d", path);
    }
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
      out.open("circle", "class", "past", "cx", at, "cy", Plot.TOP + STRIP / 2, "r", 3);
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
    mark(s, "worst", d.worstUlps(), worst(at, top));
    mark(
        s,
        "mean",
        d.meanUlps(),
        "circle",
        "class",
        "dot run0",
        "cx",
        at,
        "cy",
        height(d.meanUlps()),
        "r",
        2.4);
  }

  /** A square, for readers who see no colours. */
  private static Object[] worst(double x, double y) {
    return new Object[] {
      "rect", "class", "dot run2", "x", x - 2, "y", y - 2, "width", 4.0, "height", 4.0
    };
  }

  /** A mark of some form, with the exact distance. */
  private void mark(StageComparison s, String what, double ulps, Object... form) {
    Object[] attributes = Arrays.copyOfRange(form, 1, form.length + 2);
    attributes[form.length - 1] = "data-value";
    attributes[form.length] = Double.toString(ulps);
    out.open((String) form[0], attributes);
    out.open("title").text("%s, %s: %s".formatted(s.stage(), s.judgement(), what));
    out.text(" " + ulps + " units in the last place").close("title").close((String) form[0]);
  }

  private void legend() {
    out.open("ul", "class", "legend");
    entry(
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
    entry("the worst element", worst(7, 7));
    entry(
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
    out.close("ul");
  }

  private void entry(String words, Object... form) {
    out.open("li").open("svg", "viewBox", "0 0 14 14", "class", "key", "aria-hidden", "true");
    out.leaf((String) form[0], Arrays.copyOfRange(form, 1, form.length)).close("svg");
    out.text(words).close("li");
  }
}

package dev.loupe.engine.screen.html;

import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Polyline;
import dev.loupe.engine.page.PowersOfTen;
import dev.loupe.engine.page.Scale;
import dev.loupe.engine.screen.Extreme;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.tensor.numerics.Part;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The largest numbers by layer of one tower, scores apart from all other operations. */
final class LayerPlot {
  private static final double HEIGHT = 200;

  /** What lies below is drawn here; it is far from any limit. */
  private static final double LEAST = 1e-3;

  /** A limit above this is not drawn: nothing of the plot would be left. */
  private static final double FAR = 1e7;

  private final Markup out;
  private final Part tower;
  private final Map<Integer, Extreme> scores = new TreeMap<>();
  private final Map<Integer, Extreme> others = new TreeMap<>();

  private LayerPlot(Markup out, Part tower) {
    this.out = out;
    this.tower = tower;
  }

  /** Writes the plots of both towers. */
  static void write(Markup out, ProfileReport p) {
    for (Part tower : List.of(Part.VISION_TOWER, Part.DECODER)) {
      LayerPlot plot = new LayerPlot(out, tower);
      for (Extreme e : p.extremes()) {
        plot.add(e);
      }
      if (!plot.others.isEmpty()) {
        plot.write();
      }
    }
  }

  /** Operations outside the layers stand before them, or after them in the same place. */
  private void add(Extreme e) {
    if (e.site().operation().part() != tower || !(e.magnitude() > 0)) {
      return;
    }
    int layer = e.site().operation().module().layer().orElse(-1);
    (e.site().head().isPresent() ? scores : others)
        .merge(layer, e, (a, b) -> b.magnitude() > a.magnitude() ? b : a);
  }

  private void write() {
    boolean vision = tower == Part.VISION_TOWER;
    out.open("figure")
        .element("figcaption", vision ? "Vision tower, by block" : "Decoder, by layer");
    Plot plot = new Plot(out, "Largest numbers by layer", Plot.LEFT, HEIGHT);
    int layers = others.keySet().stream().max(Integer::compare).orElse(0) + 1;
    double limit = others.values().iterator().next().limit();
    double most = Math.max(most(others), Math.max(most(scores), limit < FAR ? limit : 1));
    double least = Math.max(LEAST, least());
    Scale x = Scale.linear(-1.5, layers - 0.5, Plot.LEFT, Plot.RIGHT);
    Scale y =
        Scale.logarithmic(
            PowersOfTen.of(PowersOfTen.floor(least)),
            PowersOfTen.of(PowersOfTen.ceil(Math.min(most, 1e30))),
            plot.bottom(),
            Plot.TOP);
    ticks(plot, x, y, layers);
    plot.frame();
    if (limit < FAR) {
      plot.limitY(y.at(limit), "the range ends");
    }
    series(others, "run0", x, y);
    series(scores, "run2", x, y);
    plot.names((vision ? "block" : "layer") + " (out: outside the layers)", "largest magnitude");
    plot.end();
    out.close("figure");
  }

  private static double most(Map<Integer, Extreme> of) {
    return of.values().stream()
        .mapToDouble(Extreme::magnitude)
        .filter(Double::isFinite)
        .max()
        .orElse(1);
  }

  private double least() {
    return others.values().stream().mapToDouble(Extreme::magnitude).min().orElse(1);
  }

  private static void ticks(Plot plot, Scale x, Scale y, int layers) {
    plot.powersY(y);
    plot.tickX(x.at(-1), "out", false);
    for (int layer = 0; layer < layers; layer += Plot.step(layers)) {
      plot.tickX(x.at(layer), Integer.toString(layer), false);
    }
  }

  private void series(Map<Integer, Extreme> values, String style, Scale x, Scale y) {
    Polyline path = new Polyline();
    values.forEach((layer, e) -> {
      if (layer >= 0) {
        path.to(x.at(layer), y.at(e.magnitude()));
      }
    });
    path.write(out, "run " + style);
    values.forEach((layer, e) -> mark(x.at(layer), y.at(e.magnitude()), style, e));
  }

  private void mark(double x, double y, String style, Extreme e) {
    if (!Float.isFinite(e.magnitude())) {
      return;
    }
    if (e.share() >= 1) {
      out.leaf("circle", "class", "past", "cx", x, "cy", y, "r", 5);
    }
    out.open(
        "circle", "class", "dot " + style, "cx", x, "cy", y, "r", 2.6, "data-value", e.magnitude());
    out.open("title").text(e.site() + ": " + e.magnitude() + ", " + e.picture() + ", " + e.at());
    out.close("title").close("circle");
  }

  /** What the lines mean. */
  static void legend(Markup out) {
    Legend legend = new Legend(out);
    legend.line("all operations but the scores", "run run0");
    legend.line("scores (queries with keys), all heads", "run run2");
    legend.end();
  }
}

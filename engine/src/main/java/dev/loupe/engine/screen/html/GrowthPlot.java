package dev.loupe.engine.screen.html;

import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Polyline;
import dev.loupe.engine.page.PowersOfTen;
import dev.loupe.engine.page.Scale;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.engine.screen.ProfileReport.Growth;
import dev.loupe.engine.screen.ScreenText;
import dev.loupe.engine.screen.ScreenVerdict;
import java.util.List;
import java.util.stream.DoubleStream;

/** How the margin becomes narrower with the number of pictures. */
final class GrowthPlot {
  private static final double HEIGHT = 200;

  private GrowthPlot() {}

  /** Writes the plot. */
  static void write(Markup out, ProfileReport p) {
    out.open("figure").element("figcaption", "The margin after so many pictures");
    Plot plot = new Plot(out, "Margin by number of pictures", Plot.LEFT, HEIGHT);
    List<Growth> growth = p.growth();
    int last = growth.getLast().pictures();
    Scale x = Scale.logarithmic(0.8, Math.max(2, last) * 1.25, Plot.LEFT, Plot.RIGHT);
    double least = margins(growth).min().orElse(1);
    double most = margins(growth).max().orElse(1);
    double from = PowersOfTen.of(PowersOfTen.floor(Math.min(least, 0.5)));
    double to = PowersOfTen.of(PowersOfTen.ceil(Math.max(most, 10)));
    Scale y = Scale.logarithmic(from, to, plot.bottom(), Plot.TOP);
    ticks(plot, x, y, last);
    plot.frame();
    plot.limitY(y.at(1), "1: out of range");
    if (to < 1e6) {
      double narrow = y.at(ScreenVerdict.NARROW_BELOW);
      plot.line("tick", Plot.LEFT, narrow, Plot.RIGHT, narrow);
      plot.label(Plot.RIGHT - 4, narrow - 4, "end", "", "2: narrow below");
    }
    line(out, growth, x, y);
    plot.names("pictures", "margin, a factor");
    plot.end();
    out.close("figure");
  }

  private static DoubleStream margins(List<Growth> growth) {
    return growth.stream().mapToDouble(Growth::margin).filter(m -> m > 0 && Double.isFinite(m));
  }

  private static void ticks(Plot plot, Scale x, Scale y, int last) {
    plot.powersY(y);
    int doublings = 31 - Integer.numberOfLeadingZeros(last);
    for (int n = 0; n <= doublings; n += Math.max(1, doublings / 5)) {
      plot.tickX(x.at(1L << n), Long.toString(1L << n), false);
    }
  }

  private static void line(Markup out, List<Growth> growth, Scale x, Scale y) {
    Polyline path = new Polyline();
    growth.forEach(g -> path.to(x.at(g.pictures()), y.at(drawn(g, y))));
    path.write(out, "run run0");
    for (Growth g : growth) {
      out.open(
              "circle",
              "class",
              "dot run0",
              "cx",
              x.at(g.pictures()),
              "cy",
              y.at(drawn(g, y)),
              "r",
              2.6,
              "data-value",
              g.margin())
          .open("title");
      out.text("%,d pictures: margin %s".formatted(g.pictures(), ScreenText.margin(g.margin())));
      out.text(" (" + g.margin() + "), " + g.picture()).close("title").close("circle");
    }
  }

  private static double drawn(Growth g, Scale y) {
    return Double.isFinite(g.margin()) ? g.margin() : y.to();
  }
}

package dev.loupe.engine.screen.html;

import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
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
    double last = growth.getLast().pictures();
    Scale x = Scale.logarithmic(0.8, Math.max(2, last) * 1.25, Plot.LEFT, Plot.RIGHT);
    double least = margins(growth).min().orElse(1);
    double most = margins(growth).max().orElse(1);
    double from = Math.pow(10, Math.floor(Math.log10(Math.min(least, 0.5))));
    double to = Math.pow(10, Math.ceil(Math.log10(Math.max(most, 10))));
    Scale y = Scale.logarithmic(from, to, plot.bottom(), Plot.TOP);
    ticks(plot, x, y, last);
    plot.frame();
    plot.limitY(y.at(1), "1: out of range");
    if (to < 1e6) {
      plot.line("tick", Plot.LEFT, y.at(ScreenVerdict.NARROW_BELOW), Plot.RIGHT, y.at(2));
      plot.label(Plot.RIGHT - 4, y.at(2) - 4, "end", "", "2: narrow below");
    }
    line(out, growth, x, y);
    plot.names("pictures", "margin, a factor");
    plot.end();
    out.close("figure");
  }

  private static DoubleStream margins(List<Growth> growth) {
    return growth.stream().mapToDouble(Growth::margin).filter(m -> m > 0 && Double.isFinite(m));
  }

  private static void ticks(Plot plot, Scale x, Scale y, double last) {
    plot.powersY(y);
    int doublings = (int) (Math.log(last) / Math.log(2));
    for (int n = 0; n <= doublings; n += Math.max(1, doublings / 5)) {
      plot.tickX(x.at(1L << n), Long.toString(1L << n), false);
    }
  }

  private static void line(Markup out, List<Growth> growth, Scale x, Scale y) {
    StringBuilder path = new StringBuilder();
    for (Growth g : growth) {
      path.append(path.isEmpty() ? "M" : "L")
          .append(Markup.point(x.at(g.pictures()), y.at(drawn(g, y))));
    }
    out.leaf("path", "class", "run run0", "d", path);
    for (Growth g : growth) {
      Object[] exact =
          Double.isFinite(g.margin())
              ? new Object[] {"data-value", Double.toString(g.margin())}
              : new Object[0];
      Object[] place = {
        "class", "dot run0", "cx", x.at(g.pictures()), "cy", y.at(drawn(g, y)), "r", 2.6
      };
      Object[] all = new Object[place.length + exact.length];
      System.arraycopy(place, 0, all, 0, place.length);
      System.arraycopy(exact, 0, all, place.length, exact.length);
      out.open("circle", all).open("title");
      out.text("%,d pictures: margin %s".formatted(g.pictures(), ScreenText.margin(g.margin())));
      out.text(" (" + g.margin() + "), " + g.picture()).close("title").close("circle");
    }
  }

  private static double drawn(Growth g, Scale y) {
    return Double.isFinite(g.margin()) ? g.margin() : y.to();
  }
}

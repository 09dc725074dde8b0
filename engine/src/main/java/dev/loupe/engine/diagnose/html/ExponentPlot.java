package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.ExponentHistogram;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Scale;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/** Histograms of exponents, one row an operation, with the windows of float16 and bfloat16. */
final class ExponentPlot {

  /** Where the rows begin: names of operations are long. */
  private static final double LEFT = 150;

  private static final double ROW = 16;

  /** Above the rows, for the windows. */
  private static final double WINDOWS = 38;

  private static final int NORMAL = -14;
  private static final int SUBNORMAL = -24;
  private static final int LARGEST = 15;

  private final Markup out;
  private final List<ExponentHistogram> rows;
  private final Plot plot;
  private final Scale x;

  private ExponentPlot(Markup out, List<ExponentHistogram> rows) {
    this.out = out;
    this.rows = rows;
    this.plot = new Plot(out, "Exponents by operation", LEFT, WINDOWS + rows.size() * ROW);
    int least = rows.stream().mapToInt(ExponentHistogram::least).min().orElse(0);
    int most = rows.stream().mapToInt(h -> h.least() + h.counts().size()).max().orElse(0);
    this.x = Scale.linear(Math.min(least, -28), Math.max(most, 20), LEFT, Plot.RIGHT);
  }

  /** Writes the plots of both towers, and what the colours mean. */
  static void write(Markup out, Diagnosis d) {
    out.open("div", "class", "plots");
    for (Part tower : List.of(Part.VISION_TOWER, Part.DECODER)) {
      List<ExponentHistogram> rows =
          d.exponents().stream()
              .filter(h -> (h.part() == Part.VISION_TOWER) == (tower == Part.VISION_TOWER))
              .toList();
      if (!rows.isEmpty()) {
        boolean vision = tower == Part.VISION_TOWER;
        out.open("figure").element("figcaption", vision ? "Vision tower" : "Decoder");
        new ExponentPlot(out, rows).write();
        out.close("figure");
      }
    }
    out.close("div");
    Legend legend = new Legend(out);
    legend.square("within float16", "bar1");
    legend.square("subnormal in float16: fewer digits", "bar2");
    legend.square("2^16 and more: infinite in float16", "bar3");
    legend.square("below 2^-24: 0, or the least number of float16", "bar4");
    legend.end();
  }

  private void write() {
    window("bfloat16", -126, 127, Plot.TOP + 12);
    window("float16", SUBNORMAL, LARGEST, Plot.TOP + 28);
    for (int limit : new int[] {SUBNORMAL, NORMAL, LARGEST + 1}) {
      plot.line("limit", x.at(limit), Plot.TOP + 24, x.at(limit), plot.bottom());
    }
    for (int i = 0; i < rows.size(); i++) {
      row(rows.get(i), Plot.TOP + WINDOWS + (i + 1) * ROW);
    }
    plot.frame();
    int step = x.to() - x.from() > 80 ? 20 : 10;
    for (int exponent = -120; exponent < x.to(); exponent += step) {
      if (exponent >= x.from()) {
        plot.tickX(x.at(exponent + 0.5), Integer.toString(exponent), false);
      }
    }
    plot.label((LEFT + Plot.RIGHT) / 2, plot.bottom() + 30, "middle", "name", "exponent of two");
    plot.end();
  }

  /** The exponents of a format, as a bar that goes on at an end where the plot does not reach. */
  private void window(String format, int least, int largest, double y) {
    plot.label(LEFT - 4, y + 3, "end", "", format);
    double from = x.at(least);
    double to = x.at(largest + 1.0);
    plot.line("window", from, y, to, y);
    if (largest + 1 > x.to()) {
      plot.line("window", to - 5, y - 4, to, y).line("window", to - 5, y + 4, to, y);
    }
    if (least < x.from()) {
      plot.line("window", from + 5, y - 4, from, y).line("window", from + 5, y + 4, from, y);
    }
  }

  private void row(ExponentHistogram h, double base) {
    String name = h.operation().replaceFirst("^(model|visual)\\.((layers|blocks)\\.\\*\\.?)?", "");
    String shown = name.isEmpty() ? "sum of the layer" : name;
    plot.label(LEFT - 4, base - 4, "end", "", shown);
    plot.line("grid", LEFT, base, Plot.RIGHT, base);
    long most = h.counts().stream().mapToLong(n -> n).max().orElse(0);
    double width = x.at(1) - x.at(0);
    for (int i = 0; i < h.counts().size(); i++) {
      long count = h.counts().get(i);
      if (count > 0) {
        double height = Math.max(1, (ROW - 3) * Math.sqrt((double) count / most));
        int exponent = h.least() + i;
        out.open(
            "rect",
            "class",
            style(exponent),
            "x",
            x.at(exponent),
            "y",
            base - height,
            "width",
            width,
            "height",
            height,
            "data-value",
            count);
        out.open("title").text("%s: %d with exponent %d".formatted(shown, count, exponent));
        out.close("title").close("rect");
      }
    }
  }

  private static String style(int exponent) {
    return exponent > LARGEST
        ? "bar3"
        : exponent >= NORMAL ? "bar1" : exponent >= SUBNORMAL ? "bar2" : "bar4";
  }
}

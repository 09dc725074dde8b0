package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.OperationRange;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Polyline;
import dev.loupe.engine.page.PowersOfTen;
import dev.loupe.engine.page.Scale;
import dev.loupe.tensor.numerics.Part;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/** The largest magnitudes by layer of one tower, on a logarithmic axis, with float16's end. */
final class MagnitudePlot {

  /** What lies below is drawn here; it is far from the limit in any case. */
  private static final double LEAST = 1e-3;

  private static final double FLOAT16_END = 65504;

  /** Steps between labels that the height has room for. */
  private static final int POWERS = 14;

  private static final double HEIGHT = 220;

  private final Part tower;
  private final int layers;

  /**
   * The largest of each group, by slot: 0 before the layers, then the layers, then what follows.
   */
  private final Map<OperationGroup, Map<Integer, OperationRange>> largest =
      new EnumMap<>(OperationGroup.class);

  private MagnitudePlot(Diagnosis d, Part tower) {
    this.tower = tower;
    this.layers =
        1
            + d.operations().stream()
                .filter(r -> belongs(r, tower))
                .mapToInt(r -> r.operation().module().layer().orElse(-1))
                .max()
                .orElse(-1);
    boolean inLayers = false;
    for (OperationRange r : d.operations()) {
      if (belongs(r, tower)) {
        OptionalInt layer = r.operation().module().layer();
        inLayers |= layer.isPresent();
        int slot = layer.isPresent() ? layer.getAsInt() + 1 : inLayers ? layers + 1 : 0;
        largest
            .computeIfAbsent(OperationGroup.of(r.operation()), group -> new TreeMap<>())
            .merge(slot, r, MagnitudePlot::larger);
      }
    }
  }

  private static boolean belongs(OperationRange r, Part tower) {
    Part part = r.operation().part();
    return part == tower || tower == Part.DECODER && part == Part.LM_HEAD;
  }

  private static OperationRange larger(OperationRange a, OperationRange b) {
    return b.largest() > a.largest() ? b : a;
  }

  /** The plots of both towers, and what their marks mean. */
  static void write(Markup out, Diagnosis d) {
    Set<OperationGroup> shown = EnumSet.noneOf(OperationGroup.class);
    out.open("div", "class", "plots");
    for (Part tower : List.of(Part.VISION_TOWER, Part.DECODER)) {
      MagnitudePlot plot = new MagnitudePlot(d, tower);
      if (plot.layers > 0) {
        plot.write(out);
        shown.addAll(plot.largest.keySet());
      }
    }
    out.close("div");
    legend(out, shown);
  }

  private static void legend(Markup out, Set<OperationGroup> shown) {
    Legend legend = new Legend(out);
    for (OperationGroup group : shown) {
      legend.mark(group.words(), mark -> group.mark(mark, 7, 7, 4, Float.NaN).close("path"));
    }
    legend.mark(
        "some were rounded to infinity", "circle", "class", "past", "cx", 7, "cy", 7, "r", 6);
    legend.end();
  }

  private void write(Markup out) {
    boolean vision = tower == Part.VISION_TOWER;
    out.open("figure").element("figcaption", vision ? "Vision tower" : "Decoder");
    Plot plot = new Plot(out, "Largest magnitudes by layer", Plot.LEFT, HEIGHT);
    Scale x = Scale.linear(-0.5, layers + 1.5, Plot.LEFT, Plot.RIGHT);
    Scale y = Scale.logarithmic(lowest(), highest(), plot.bottom(), Plot.TOP + Plot.STRIP);
    ticks(plot, x, y);
    plot.frame();
    plot.limitY(y.at(FLOAT16_END), "float16 ends at 65504");
    largest.forEach((group, values) -> line(out, group, values, x, y));
    largest.forEach((group, values) -> marks(out, group, values, x, y));
    plot.names(
        (vision ? "block" : "layer") + " (in: before the first, out: after the last)",
        "largest magnitude");
    plot.end();
    out.close("figure");
  }

  private void ticks(Plot plot, Scale x, Scale y) {
    plot.tickX(x.at(0), "in", false);
    plot.tickX(x.at(layers + 1.0), "out", false);
    for (int layer = 0; layer < layers; layer += Plot.step(layers)) {
      plot.tickX(x.at(layer + 1.0), Integer.toString(layer), false);
    }
    plot.powersY(y, POWERS);
    plot.stripY("NaN");
  }

  private double lowest() {
    double least = ranges().filter(v -> v > 0).min().orElse(1);
    return PowersOfTen.of(PowersOfTen.floor(Math.max(least, LEAST)));
  }

  private double highest() {
    double most = Math.max(ranges().max().orElse(1), FLOAT16_END);
    return PowersOfTen.of(PowersOfTen.ceil(most));
  }

  private DoubleStream ranges() {
    return largest.values().stream()
        .flatMap(values -> values.values().stream())
        .mapToDouble(OperationRange::largest);
  }

  /** Whether nothing but NaN came out. */
  private static boolean onlyNan(OperationRange r) {
    return r.largest() == 0 && r.nan() > 0;
  }

  private static void line(
      Markup out, OperationGroup group, Map<Integer, OperationRange> values, Scale x, Scale y) {
    if (group == OperationGroup.OTHER) {
      return; // Different operations, which no line connects.
    }
    Polyline path = new Polyline();
    values.forEach((slot, r) -> {
      if (!onlyNan(r)) {
        path.to(x.at(slot), y.at(r.largest()));
      }
    });
    path.write(out, "series group" + group.ordinal());
  }

  private static void marks(
      Markup out, OperationGroup group, Map<Integer, OperationRange> values, Scale x, Scale y) {
    values.forEach((slot, r) -> {
      double top = onlyNan(r) ? Plot.TOP + 8 : y.at(r.largest());
      if (r.infinite() > 0) {
        out.leaf("circle", "class", "past", "cx", x.at(slot), "cy", top, "r", 6);
      }
      group
          .mark(out, x.at(slot), top, 3, r.largest())
          .open("title")
          .text(title(r))
          .close("title")
          .close("path");
    });
  }

  private static String title(OperationRange r) {
    String past = r.infinite() == 0 ? "" : ", %d infinite".formatted(r.infinite());
    String nan = r.nan() == 0 ? "" : ", %d NaN".formatted(r.nan());
    return r.operation() + ": up to " + r.largest() + past + nan;
  }
}

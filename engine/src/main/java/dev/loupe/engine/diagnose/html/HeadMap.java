package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.ScoreMargins;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Plot;
import dev.loupe.engine.page.Scale;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/** A map of the largest scores by layer and head. */
final class HeadMap {

  private HeadMap() {}

  /** Writes the maps of both towers, and what the colours mean. */
  static void write(Markup out, Diagnosis d) {
    out.open("div", "class", "plots");
    for (Part part : List.of(Part.VISION_TOWER, Part.DECODER)) {
      List<ScoreMargins.Layer> layers =
          d.margins().layers().stream().filter(l -> l.part() == part).toList();
      if (!layers.isEmpty()) {
        map(out, part == Part.VISION_TOWER, layers);
      }
    }
    out.close("div");
    MarginScale.legend(out);
  }

  private static void map(Markup out, boolean vision, List<ScoreMargins.Layer> layers) {
    int heads = layers.getFirst().heads().size();
    out.open("figure").element("figcaption", vision ? "Vision tower" : "Decoder");
    double side = Math.clamp(180.0 / heads, 11, 24);
    Plot plot = new Plot(out, "Largest scores by layer and head", Plot.LEFT, heads * side);
    Scale x = Scale.linear(0, layers.size(), Plot.LEFT, Plot.RIGHT);
    Scale y = Scale.linear(0, heads, Plot.TOP, plot.bottom());
    double width = x.at(1) - x.at(0);
    for (int i = 0; i < layers.size(); i++) {
      ScoreMargins.Layer layer = layers.get(i);
      for (int head = 0; head < heads; head++) {
        float largest = layer.heads().get(head);
        MarginScale of = MarginScale.of(largest);
        of.cell(out, x.at(i), y.at(head), width, side, largest);
        out.open("title").text("%s %d, head %d: ".formatted(unit(vision), layer.layer(), head));
        out.text(MarginScale.described(largest)).close("title").close("rect");
        of.cross(out, x.at(i), y.at(head), width, side);
      }
    }
    plot.frame();
    for (int i = 0; i < layers.size(); i += Plot.step(layers.size())) {
      plot.tickX(x.at(i + 0.5), Integer.toString(layers.get(i).layer()), false);
    }
    for (int head = 0; head < heads; head += Plot.step(heads)) {
      plot.tickY(y.at(head + 0.5), Integer.toString(head), false);
    }
    plot.names(unit(vision), "head");
    plot.end();
    out.close("figure");
  }

  private static String unit(boolean vision) {
    return vision ? "block" : "layer";
  }
}

package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.ScoreMargins;
import dev.loupe.engine.page.Legend;
import dev.loupe.engine.page.Markup;
import dev.loupe.tensor.numerics.ExtremeScore;

/** Colours of the largest scores, by their share of 65520. */
enum MarginScale {
  FAR("below 1/64 of 65520"),
  SIXTY_FOURTH("from 1/64"),
  SIXTEENTH("from 1/16"),
  QUARTER("from 1/4"),
  HALF("from 1/2"),
  PAST("65520 and more: infinite in float16"),
  NONE("no number: NaN alone, or no score");

  private final String words;

  MarginScale(String words) {
    this.words = words;
  }

  /** The colour of a magnitude; NaN where there is none. */
  static MarginScale of(float largest) {
    if (Float.isNaN(largest)) {
      return NONE;
    }
    float share = largest / ExtremeScore.THRESHOLD;
    return share >= 1
        ? PAST
        : share >= 0.5f
            ? HALF
            : share >= 0.25f
                ? QUARTER
                : share >= 1 / 16f ? SIXTEENTH : share >= 1 / 64f ? SIXTY_FOURTH : FAR;
  }

  /** The class of the style sheet. */
  String style() {
    return "margin" + ordinal();
  }

  /** A magnitude in words, with its margin. */
  static String described(float largest) {
    return Float.isNaN(largest)
        ? "no number"
        : Float.isInfinite(largest)
            ? "largest score infinite inside its sum"
            : "largest score " + largest + ", margin " + ScoreMargins.margin(largest);
  }

  /** Writes what the colours mean. */
  static void legend(Markup out) {
    Legend legend = new Legend(out);
    for (MarginScale of : values()) {
      legend.mark(
          of.words,
          mark -> {
            of.cell(mark, 1, 1, 12, 12, Float.NaN).close("rect");
            of.cross(mark, 1, 1, 12, 12);
          });
    }
    legend.end();
  }

  /**
   * Begins a cell.
   *
   * @param largest what it is drawn for; NaN for nothing
   */
  Markup cell(Markup out, double x, double y, double width, double height, float largest) {
    return out.open(
        "rect",
        "class",
        "cell " + style(),
        "x",
        x,
        "y",
        y,
        "width",
        width,
        "height",
        height,
        "data-value",
        largest);
  }

  /** A cross over a cell that overflowed, for readers who see no colours. */
  void cross(Markup out, double x, double y, double width, double height) {
    if (this == PAST) {
      double side = Math.min(7, Math.min(width, height) / 4);
      double left = x + width / 2 - side;
      double top = y + height / 2 - side;
      out.leaf(
          "path",
          "class",
          "cross",
          "d",
          "M%s l%2$s %2$sM%3$s l-%2$s %2$s"
              .formatted(
                  Markup.point(left, top),
                  Markup.coordinate(2 * side),
                  Markup.point(left + 2 * side, top)));
    }
  }
}

package dev.loupe.engine.page;

/**
 * The frame of a plot: an SVG of fixed proportions with two axes. It is 400 units wide, so that on
 * a narrow screen a unit is about a pixel and texts stay readable without scrolling.
 */
public final class Plot {

  public static final double WIDTH = 400;
  public static final double LEFT = 50;
  public static final double RIGHT = 392;
  public static final double TOP = 12;

  /** The height of a strip above the area proper, for what has no place in it. */
  public static final double STRIP = 22;

  /** The middle of that strip. */
  public static final double STRIP_MIDDLE = TOP + STRIP / 2;

  private static final double BELOW = 38;

  private final Markup out;
  private final double left;
  private final double bottom;

  /**
   * Begins a plot.
   *
   * @param title what it shows, for readers that do not see it
   * @param left where the area of the plot begins; labels of the vertical axis stand before it
   * @param height of that area
   */
  public Plot(Markup out, String title, double left, double height) {
    this.out = out;
    this.left = left;
    this.bottom = TOP + height;
    out.open("svg", "viewBox", "0 0 400 " + (int) Math.ceil(bottom + BELOW), "role", "img")
        .element("title", title);
  }

  /** Where the area of the plot ends. */
  public double bottom() {
    return bottom;
  }

  /** The frame of the area; over what fills it, under lines. */
  public Plot frame() {
    out.leaf(
        "rect",
        "class",
        "frame",
        "x",
        left,
        "y",
        TOP,
        "width",
        RIGHT - left,
        "height",
        bottom - TOP);
    return this;
  }

  /** A label of the horizontal axis, with or without a line through the plot. */
  public Plot tickX(double x, String label, boolean line) {
    if (line) {
      line("grid", x, TOP, x, bottom);
    } else {
      line("tick", x, bottom, x, bottom + 3);
    }
    return label(x, bottom + 13, "middle", "", label);
  }

  /** A label of the vertical axis, likewise. */
  public Plot tickY(double y, String label, boolean line) {
    if (line) {
      line("grid", left, y, RIGHT, y);
    }
    return label(left - 4, y + 3.5, "end", "", label);
  }

  /** Labels of a logarithmic vertical axis at powers of ten: eight or so. */
  public void powersY(Scale y) {
    powersY(y, 8);
  }

  /** Likewise, with a label at every power unless there are more than {@code most} steps. */
  public void powersY(Scale y, int most) {
    int first = PowersOfTen.ceil(y.from());
    int last = PowersOfTen.floor(y.to());
    int step = Math.max(1, Math.ceilDiv(last - first, most));
    for (int exponent = first; exponent <= last; exponent += step) {
      tickY(y.at(PowersOfTen.of(exponent)), PowersOfTen.label(exponent), true);
    }
  }

  /** Labels the strip above the area proper, for what has no place in it. */
  public void stripY(String label) {
    tickY(STRIP_MIDDLE, label, false);
  }

  /** The names of the axes, with their units. */
  public Plot names(String x, String y) {
    label((left + RIGHT) / 2, bottom + 30, "middle", "name", x);
    double middle = (TOP + bottom) / 2;
    out.element(
        "text",
        y,
        "class",
        "name",
        "text-anchor",
        "middle",
        "transform",
        "translate(10 %d) rotate(-90)".formatted(Math.round(middle)));
    return this;
  }

  /** A limit of a format, with what it is called. */
  public Plot limitY(double y, String label) {
    line("limit", left, y, RIGHT, y);
    return label(left + 4, y - 4, "start", "limit", label);
  }

  /** A straight line. */
  public Plot line(String style, double x1, double y1, double x2, double y2) {
    out.leaf("line", "class", style, "x1", x1, "y1", y1, "x2", x2, "y2", y2);
    return this;
  }

  /**
   * A text.
   *
   * @param anchor start, middle or end
   */
  public Plot label(double x, double y, String anchor, String style, String text) {
    out.element("text", text, "class", style, "x", x, "y", y, "text-anchor", anchor);
    return this;
  }

  /** Ends the plot. */
  public void end() {
    out.close("svg");
  }

  /** How far apart labels of {@code count} things stand, so that there are some ten of them. */
  public static int step(int count) {
    int[] steps = {1, 2, 4, 5, 10, 20, 25, 50, 100, 200, 250, 500};
    for (int step : steps) {
      if (count <= 10 * step) {
        return step;
      }
    }
    return 1000 * ((count + 9999) / 10_000);
  }
}

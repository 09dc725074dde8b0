package dev.loupe.engine.page;

/** A line from point to point. */
public final class Polyline {
  private final StringBuilder path = new StringBuilder();
  private boolean begins = true;

  /** Goes on to a point, or begins there. */
  public void to(double x, double y) {
    path.append(begins ? "M" : "L").append(Markup.point(x, y));
    begins = false;
  }

  /** Leaves a gap before the next point. */
  public void gap() {
    begins = true;
  }

  /** Writes the line, if it has a point. */
  public void write(Markup out, String style) {
    if (!path.isEmpty()) {
      out.leaf("path", "class", style, "d", path);
    }
  }
}

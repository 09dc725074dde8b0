package dev.loupe.engine.page;

import java.util.function.Consumer;

/** A list of what marks and lines mean. */
public final class Legend {
  private final Markup out;

  /** Begins a legend. */
  public Legend(Markup out) {
    this.out = out;
    out.open("ul", "class", "legend");
  }

  /**
   * An entry.
   *
   * @param mark writes the mark, in a square of 14 units
   */
  public void mark(String words, Consumer<Markup> mark) {
    entry(words, "0 0 14 14", "key", mark);
  }

  /** A mark that is one element without content. */
  public void mark(String words, String tag, Object... attributes) {
    mark(words, out -> out.leaf(tag, attributes));
  }

  /** A filled square. */
  public void square(String words, String style) {
    mark(words, "rect", "class", style, "x", 1, "y", 1, "width", 12, "height", 12);
  }

  /** A line. */
  public void line(String words, String style) {
    entry(words, "0 0 30 14", "key long", out -> out.leaf("path", "class", style, "d", "M1 7H29"));
  }

  private void entry(String words, String box, String style, Consumer<Markup> mark) {
    out.open("li").open("svg", "viewBox", box, "class", style, "aria-hidden", "true");
    mark.accept(out);
    out.close("svg").text(words).close("li");
  }

  /** Ends the legend. */
  public void end() {
    out.close("ul");
  }
}

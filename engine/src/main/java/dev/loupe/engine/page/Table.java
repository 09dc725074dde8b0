package dev.loupe.engine.page;

/** A table whose rows become blocks on a narrow screen, each cell under the name of its column. */
public final class Table {
  private final Markup out;

  /** Begins a table; rows follow. */
  public Table(Markup out, String... columns) {
    this.out = out;
    out.open("table").open("thead").open("tr");
    for (String column : columns) {
      out.element("th", column, "scope", "col");
    }
    out.close("tr").close("thead").open("tbody");
  }

  /** Begins a cell. */
  public Markup cell(String column) {
    return out.open("td", "data-label", column);
  }

  /** Begins a cell with a number, whose parts stay in one line. */
  public Markup figure(String column) {
    return out.open("td", "data-label", column, "class", "figure");
  }

  /** Ends the table. */
  public void end() {
    out.close("tbody").close("table");
  }
}

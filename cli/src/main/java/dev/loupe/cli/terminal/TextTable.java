package dev.loupe.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of text in aligned columns: the first two to the left, the others to the right. */
public final class TextTable {

  private static final int LEFT_ALIGNED = 2;
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  public TextTable(String... headings) {
    rows.add(List.of(headings));
  }

  public void row(String... cells) {
    rows.add(List.of(cells));
  }

  /** The lines, without spaces at their ends. */
  public List<String> lines() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.append(i == 0 ? "" : GAP);
      line.append(i < LEFT_ALIGNED ? row.get(i) + padding : padding + row.get(i));
    }
    return line.toString().stripTrailing();
  }

  /** A number of a column, short: {@code -0.0123}, {@code 3.05e+04}; a dash where there is none. */
  public static String number(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e7
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.4g", value);
  }
}

package dev.loupe.engine.page;

import java.util.ArrayList;
import java.util.List;

/** Rows of text as lines with aligned columns. */
public final class TextColumns {
  private static final String GAP = "  ";

  private TextColumns() {}

  /**
   * The lines, without spaces at their ends.
   *
   * @param rows of as many cells each, the headings first
   */
  public static List<String> of(List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length())).append(GAP);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}

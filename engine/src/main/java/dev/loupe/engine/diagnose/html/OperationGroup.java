package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.page.Markup;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;

/** Operations that a plot shows with one mark. */
enum OperationGroup {
  SCORES("scores (queries with keys)"),
  QUERIES_KEYS_VALUES("queries, keys, values"),
  MLP("MLP"),
  RESIDUAL("sum after attention and MLP"),
  OTHER("norms, output of attention, ends of the tower");

  private final String words;

  OperationGroup(String words) {
    this.words = words;
  }

  /** For people. */
  String words() {
    return words;
  }

  /** The group of an operation. */
  static OperationGroup of(OperationId operation) {
    String name = operation.module().name();
    return switch (operation.step()) {
      case SCORES, MASKED_SCORES -> SCORES;
      case ROTATED_QUERIES, ROTATED_KEYS -> QUERIES_KEYS_VALUES;
      default -> {
        if (name.matches(".*\\.(qkv|[qkv]_proj)")) {
          yield QUERIES_KEYS_VALUES;
        }
        if (operation.module().layer().isPresent() && name.contains(".mlp")) {
          yield MLP;
        }
        boolean layer =
            operation.step() == Step.OUTPUT && name.matches(".*\\.(layers|blocks)\\.\\d+");
        yield layer ? RESIDUAL : OTHER;
      }
    };
  }

  /**
   * Begins the mark around a point; each group has a form of its own, for readers who see no
   * colours.
   *
   * @param largest what it is drawn for; NaN for nothing
   */
  Markup mark(Markup out, double x, double y, double size, float largest) {
    String style = "group" + ordinal();
    return out.open("path", "class", style, "d", path(x, y, size), "data-value", largest);
  }

  private String path(double x, double y, double r) {
    return switch (this) {
      case SCORES -> corners(x - r, y - r, 2 * r, "h%1$sv%1$sh-%1$sz");
      case QUERIES_KEYS_VALUES ->
          corners(x, y - 1.3 * r, 1.3 * r, "l%1$s %1$sl-%1$s %1$sl-%1$s -%1$sz");
      case MLP -> corners(x - 1.2 * r, y + r, 1.2 * r, "h%1$sh%1$sl-%1$s -%2$sz");
      case RESIDUAL -> corners(x - r, y, r, "a%1$s %1$s 0 1 0 %3$s 0a%1$s %1$s 0 1 0 -%3$s 0z");
      case OTHER -> corners(x - r, y - r, 2 * r, "l%1$s %1$sm-%1$s 0l%1$s -%1$s");
    };
  }

  private static String corners(double x, double y, double side, String rest) {
    return "M"
        + Markup.point(x, y)
        + rest.formatted(
            Markup.coordinate(side), Markup.coordinate(1.8 * side), Markup.coordinate(2 * side));
  }
}

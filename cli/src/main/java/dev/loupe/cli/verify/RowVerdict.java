package dev.loupe.cli.verify;

import dev.loupe.io.Json;
import java.util.List;
import java.util.Map;

/**
 * Whether the receipt of a row holds.
 *
 * @param line in the file, counted from 1
 * @param image as the row names it
 * @param differs the parts of the receipt, or the fields of the row, that do not hold
 * @param reason of the first of them; empty if there is nothing to say
 */
record RowVerdict(int line, String image, List<String> differs, String reason) {

  boolean holds() {
    return differs.isEmpty();
  }

  /** For people. */
  @Override
  public String toString() {
    String why = reason.isEmpty() ? "" : ": " + reason;
    return "line %d, %s: does not hold in %s%s"
        .formatted(line, image, String.join(", ", differs), why);
  }

  Map<String, Object> fields() {
    return Json.object("line", line, "image", image, "differs", differs, "reason", reason);
  }
}

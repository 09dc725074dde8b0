package dev.loupe.engine.diagnose;

import dev.loupe.engine.page.TextColumns;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the remedies do, for people.
 *
 * @param d the diagnosis
 */
record RemediesText(Diagnosis d) {

  /** Characters of a text that a row shows. */
  private static final int TEXT = 60;

  /** A table, then a sentence on each remedy, then the rules of the verdicts. */
  String table() {
    StringBuilder out = new StringBuilder("\nWhat helps, compared with float32\n");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "verdict", "logits differ by", "first other token", "overflows", "text"));
    for (RemedyReport r : d.remedies()) {
      rows.add(row(r));
    }
    TextColumns.of(rows).forEach(line -> out.append("  ").append(line).append('\n'));
    explanations(out);
    return out.toString();
  }

  private List<String> row(RemedyReport r) {
    Outcome o = r.outcome();
    String logits =
        r.logitDifference().isPresent()
            ? String.format(Locale.ROOT, "%.3g", r.logitDifference().getAsDouble())
            : "not finite";
    String different =
        r.firstDifferentToken().isPresent()
            ? Integer.toString(r.firstDifferentToken().getAsInt())
            : "none";
    return List.of(
        r.remedy().toString(),
        d.inWords(r.verdict()),
        logits,
        o.failed() ? "fails at " + o.refusal().orElseThrow().token() : different,
        overflows(o),
        r.remedy() == Remedy.FLOAT32 || r.firstDifferentToken().isPresent()
            ? DiagnosisText.shortened(o.text(), TEXT)
            : "the same");
  }

  private static String overflows(Outcome o) {
    List<String> parts = new ArrayList<>();
    if (o.overflows() > 0) {
      parts.add("%,d".formatted(o.overflows()));
    }
    if (o.otherOverflows() > 0) {
      parts.add("%,d elsewhere".formatted(o.otherOverflows()));
    }
    if (o.exposed() > 0) {
      parts.add("%,d exposed".formatted(o.exposed()));
    }
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  private void explanations(StringBuilder out) {
    out.append('\n');
    Set<Verdict> given = EnumSet.noneOf(Verdict.class);
    for (RemedyReport r : d.remedies()) {
      given.add(r.verdict());
      wrapped(out, r.remedy().toString(), r.remedy().how());
    }
    out.append('\n');
    for (Verdict verdict : given) {
      wrapped(out, d.inWords(verdict), verdict.rule());
    }
    if (d.remedies().stream().anyMatch(r -> r.outcome().exposed() > 0)) {
      wrapped(out, "exposed", "scores that the mask was to hide, and that became a visible 0");
    }
  }

  private static void wrapped(StringBuilder out, String name, String sentence) {
    String line = String.format(Locale.ROOT, "  %-18s ", name);
    for (String word : sentence.split(" ")) {
      if (line.length() + word.length() > 100) {
        out.append(line.stripTrailing()).append('\n');
        line = " ".repeat(21);
      }
      line += word + " ";
    }
    out.append(line.stripTrailing()).append('\n');
  }
}

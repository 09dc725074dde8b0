package dev.loupe.engine.diagnose;

import dev.loupe.engine.page.TextColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A comparison of arithmetics for people. */
public final class ArithmeticComparisonText {

  private static final int WIDTH = 100;

  private final ArithmeticComparison comparison;
  private final StringBuilder out = new StringBuilder();

  private ArithmeticComparisonText(ArithmeticComparison comparison) {
    this.comparison = comparison;
  }

  /** The report, its lines ended by {@code \n}. */
  public static String of(ArithmeticComparison comparison) {
    return new ArithmeticComparisonText(comparison).report();
  }

  private String report() {
    List<ArithmeticReport> existing = comparison.existing();
    line(
        "%s, %s, in %s",
        comparison.model(),
        comparison.profile(),
        DiagnosisText.count(existing.size(), "arithmetic"));
    line(
        "  prompt of %s, tokens drawn from seed %d; compared with %s",
        DiagnosisText.count(comparison.promptTokens(), "token"),
        comparison.seed(),
        existing.getFirst().arithmetic().label());
    line("");
    runs();
    ComparisonFindings findings = ComparisonFindings.of(comparison);
    sentences("What holds for all of them", findings.common());
    sentences("What depends on the arithmetic", findings.different());
    if (existing.size() > 1) {
      stages(existing.subList(1, existing.size()));
    }
    return out.toString();
  }

  private void runs() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "", "outcome", "first overflow", "scores", "NaN from", "other token", "differs by"));
    for (ArithmeticReport report : comparison.reports()) {
      report.run().ifPresent(run -> rows.add(row(report.arithmetic().label(), run)));
    }
    TextColumns.of(rows).forEach(row -> line("  %s", row));
    for (ArithmeticReport report : comparison.reports()) {
      report
          .missing()
          .ifPresent(why -> line("  %s does not exist: %s", report.arithmetic().label(), why));
    }
  }

  private static List<String> row(String name, ArithmeticRun run) {
    double largest = run.differences().stream().mapToDouble(StageDifference::share).max().orElse(0);
    return List.of(
        name,
        run.fails() ? "fails at token " + run.failingToken() : "answers",
        run.firstOverflow().map(o -> o.operation().toString()).orElse("none"),
        "%,d".formatted(run.promptOverflows()),
        run.firstNan().map(nan -> nan.stage().toString()).orElse("none"),
        run.firstDifferentToken().isPresent()
            ? Integer.toString(run.firstDifferentToken().getAsInt())
            : "none",
        run.differences().isEmpty() ? "" : percent(largest));
  }

  private void sentences(String heading, List<String> sentences) {
    line("");
    line("%s", heading);
    if (sentences.isEmpty()) {
      line("  nothing that was compared");
    }
    sentences.forEach(this::wrapped);
  }

  private void wrapped(String sentence) {
    String line = "  ";
    for (String word : sentence.split(" ")) {
      if (line.length() + word.length() > WIDTH) {
        line("%s", line.stripTrailing());
        line = "    ";
      }
      line += word + " ";
    }
    line("%s", line.stripTrailing());
  }

  private void stages(List<ArithmeticReport> others) {
    line("");
    line("Largest differences by stage of the prompt's pass, as shares of its largest number");
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    others.forEach(o -> head.add(o.arithmetic().label()));
    rows.add(head);
    List<StageDifference> stages = others.getFirst().run().orElseThrow().differences();
    for (int i = 0; i < stages.size(); i++) {
      List<String> row = new ArrayList<>(List.of(stages.get(i).stage().toString()));
      for (ArithmeticReport other : others) {
        row.add(cell(other.run().orElseThrow().differences().get(i)));
      }
      rows.add(row);
    }
    TextColumns.of(rows).forEach(row -> line("  %s", row));
  }

  private static String cell(StageDifference d) {
    if (d.finiteInOne() > 0) {
      return "%,d finite in one".formatted(d.finiteInOne());
    }
    return d.finiteInBoth() == 0 && d.elements() > 0 ? "not finite" : percent(d.share());
  }

  private static String percent(double share) {
    return share == 0 ? "0" : DiagnosisText.percent(share);
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

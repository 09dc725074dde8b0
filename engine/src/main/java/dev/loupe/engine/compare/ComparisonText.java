package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceComparison.Side;
import dev.loupe.io.Printable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A comparison for people. The first line is the verdict. */
public final class ComparisonText {
  private static final int WIDTH = 100;
  private static final String ROW = "%s  %-18s  %9s  %8s  %9s  %s";

  private final TraceComparison c;
  private final StringBuilder out = new StringBuilder();

  private ComparisonText(TraceComparison c) {
    this.c = c;
  }

  /** The report, its lines ended by {@code \n}. */
  public static String of(TraceComparison comparison) {
    return new ComparisonText(comparison).report();
  }

  /** The verdict in a sentence. */
  public static String verdict(TraceComparison comparison) {
    return new ComparisonText(comparison).verdict();
  }

  private String report() {
    line("%s", verdict());
    c.cause()
        .or(c::first)
        .filter(s -> !s.what().isEmpty() && s.judgement() != Judgement.MISSING)
        .ifPresent(s -> paragraph("  ", s.what() + "."));
    line("");
    side("A", c.a());
    side("B", c.b());
    line("");
    line(ROW, stage("stage"), "what explains it", "differ", "ulps", "worst", "first");
    c.stages().forEach(this::stage);
    line("");
    line(
        "ulps: mean distance of the elements that differ, in units in the last place of %s.",
        c.typeName());
    explanations();
    c.notes().forEach(note -> paragraph("", note));
    return out.toString();
  }

  private String verdict() {
    return switch (c.verdict()) {
      case SAME -> "SAME: the two are equal in all %d stages.".formatted(c.stages().size());
      case WITHIN_ROUNDING -> "SAME WITHIN ROUNDING: " + rounding(c.first().orElseThrow());
      case INCOMPLETE -> incomplete();
      case DIFFERENT ->
          "DIFFERENT from %s on: %s."
              .formatted(place(c.cause().orElseThrow()), c.cause().orElseThrow().judgement());
    };
  }

  /** A stage, and the first row and element. */
  private static String place(StageComparison s) {
    return s.stage()
        + s.distance()
            .flatMap(d -> d.firstNotFinite().or(d::first))
            .map(e -> ", row %d, element %d".formatted(e.row(), e.index()))
            .orElse("");
  }

  private static String rounding(StageComparison first) {
    String cause =
        switch (first.judgement()) {
          case ONE_ROUNDING -> "one element of %s is rounded to the neighbouring number.";
          case FUSED_ATTENTION -> "the first difference, in %s, is what sdpa rounds elsewhere.";
          case TYPES -> "the first difference, in %s, is that of the two types.";
          case CARRIED -> "the first difference, in %s, is no more than rounding becomes.";
          default ->
              "the first difference, in %s, is no larger than another order of additions makes.";
        };
    return cause.formatted(first.stage());
  }

  private String incomplete() {
    boolean same =
        c.stages().stream()
            .map(StageComparison::judgement)
            .allMatch(j -> j == Judgement.SAME || j == Judgement.MISSING);
    return "INCOMPLETE: %s; what both hold is the same%s."
        .formatted(
            Stream.of(lacks("A", c.onlyIn("B")), lacks("B", c.onlyIn("A")))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", ")),
            same ? "" : " within rounding");
  }

  private static Optional<String> lacks(String label, List<String> stages) {
    return switch (stages.size()) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(label + " lacks " + stages.getFirst());
      default ->
          Optional.of(
              "%s lacks %d stages, the first of them %s"
                  .formatted(label, stages.size(), stages.getFirst()));
    };
  }

  private void side(String label, Side s) {
    line(
        "  %s  %s: %s, %s%s%s%s",
        label,
        Printable.escape(s.file()),
        s.typeName(),
        Printable.escape(s.attention()),
        s.tokens() == 0 ? "" : ", %,d tokens".formatted(s.tokens()),
        s.model().isEmpty() ? "" : ", model " + Printable.escape(s.model()),
        s.run().isEmpty() ? "" : ", " + Printable.escape(s.run()));
  }

  private void stage(StageComparison s) {
    StageDistance d = s.distance().orElse(null);
    boolean numbers = d != null && d.differing() > 0;
    line(
        ROW,
        stage(s.stage()),
        s.judgement(),
        numbers ? share(d) : "",
        numbers ? ulps(d.meanUlps()) : "",
        numbers ? ulps(d.worstUlps()) : "",
        numbers
            ? d.first()
                .map(e -> "[%d, %d] %s, %s".formatted(e.row(), e.index(), e.a(), e.b()))
                .orElse("")
            : "");
  }

  /** The name of a stage, as wide as the longest. */
  private String stage(String name) {
    int width = c.stages().stream().mapToInt(s -> s.stage().length()).max().orElse(0);
    return name + " ".repeat(Math.max(0, width - name.length()));
  }

  private static String share(StageDistance d) {
    double percent = 100 * d.share();
    return percent < 0.01
        ? "%,d of them".formatted(d.differing())
        : String.format(Locale.ROOT, "%.2f %%", percent);
  }

  /** A distance in units in the last place. */
  public static String ulps(double ulps) {
    return ulps == 0 ? "-" : String.format(Locale.ROOT, ulps < 1e5 ? "%.2f" : "%.1e", ulps);
  }

  private void explanations() {
    if (has(Judgement.CARRIED) || has(Judgement.FOLLOWS)) {
      line("Only a stage that starts from equal numbers can be judged by itself.");
    }
    if (has(Judgement.CARRIED)) {
      line(
          "carried on: a consequence of rounding before it, no larger than that is known to grow.");
    }
    if (has(Judgement.FOLLOWS)) {
      line("follows: a consequence of %s, not judged.", c.cause().orElseThrow().stage());
    }
    if (c.cause().map(s -> s.judgement() == Judgement.OVERFLOW).orElse(false)) {
      line("A number at the edge of the range can fall on either side by the order of additions:");
      line("`loupe diagnose` says how near it is.");
    }
  }

  private boolean has(Judgement judgement) {
    return c.stages().stream().anyMatch(s -> s.judgement() == judgement);
  }

  /** Breaks a text into lines. */
  private void paragraph(String indent, String text) {
    StringBuilder line = new StringBuilder(indent);
    for (String word : text.split(" ")) {
      if (line.length() + word.length() > WIDTH && line.length() > indent.length()) {
        out.append(line.toString().stripTrailing()).append('\n');
        line.setLength(indent.length());
      }
      line.append(word).append(' ');
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

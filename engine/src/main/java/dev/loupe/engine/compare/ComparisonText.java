package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceComparison.Side;
import dev.loupe.io.Printable;
import java.util.List;
import java.util.Locale;

/** A comparison for people. The first line is the verdict. */
public final class ComparisonText {
  private static final String ROW = "%-21s  %-18s  %9s  %8s  %9s  %s";

  private final TraceComparison c;
  private final StringBuilder out = new StringBuilder();

  private ComparisonText(TraceComparison c) {
    this.c = c;
  }

  /** The report, its lines ended by {@code \n}. */
  public static String of(TraceComparison comparison) {
    return new ComparisonText(comparison).report();
  }

  private String report() {
    line("%s", verdict());
    c.cause()
        .or(c::first)
        .filter(s -> !s.what().isEmpty() && s.judgement() != Judgement.MISSING)
        .ifPresent(s -> line("  %s.", s.what()));
    line("");
    side("A", c.a());
    side("B", c.b());
    line("");
    line(ROW, "stage", "what explains it", "differ", "ulps", "worst", "first");
    c.stages().forEach(this::stage);
    line("");
    line(
        "ulps: mean distance of the elements that differ, in units in the last place of %s.",
        Values.name(c.dtype()));
    explanations();
    c.notes().forEach(note -> line("%s", note));
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
          default -> "the first difference, in %s, is that of another order of additions.";
        };
    return cause.formatted(first.stage());
  }

  private String incomplete() {
    List<String> missing = c.missing();
    StageComparison cause = c.cause().orElseThrow();
    return "INCOMPLETE: %s from %s%s; what both hold is the same%s."
        .formatted(
            cause
                .what()
                .replace("it", missing.size() == 1 ? "a stage" : missing.size() + " stages"),
            cause.stage(),
            missing.size() == 1 ? "" : " to " + missing.getLast(),
            c.stages().stream()
                    .allMatch(
                        s -> s.judgement() == Judgement.SAME || s.judgement() == Judgement.MISSING)
                ? ""
                : " within rounding");
  }

  private void side(String label, Side s) {
    line(
        "  %s  %s: %s, %s%s%s%s",
        label,
        Printable.escape(s.file()),
        Values.name(s.dtype()),
        Printable.escape(s.attention()),
        s.tokens() == 0 ? "" : ", %,d tokens".formatted(s.tokens()),
        s.model().isEmpty() ? "" : ", model " + Printable.escape(s.model()),
        s.software().isEmpty() ? "" : ", " + Printable.escape(s.software()));
  }

  private void stage(StageComparison s) {
    StageDistance d = s.distance().orElse(null);
    boolean numbers = d != null && d.differing() > 0;
    line(
        ROW,
        s.stage(),
        s.judgement(),
        numbers ? share(d) : "",
        numbers ? ulps(d.meanUlps()) : "",
        numbers ? ulps(d.worstUlps()) : "",
        numbers
            ? d.first()
                .map(e ->
                    "[%d, %d] %s, %s".formatted(e.row(), e.index(), number(e.a()), number(e.b())))
                .orElse("")
            : "");
  }

  private static String share(StageDistance d) {
    double percent = 100 * d.share();
    return percent < 0.01
        ? "%,d of them".formatted(d.differing())
        : String.format(Locale.ROOT, "%.2f %%", percent);
  }

  private static String ulps(double ulps) {
    return ulps == 0 ? "-" : String.format(Locale.ROOT, ulps < 1e5 ? "%.2f" : "%.1e", ulps);
  }

  private static String number(float x) {
    return Float.isFinite(x) ? String.format(Locale.ROOT, "%.6g", x) : Float.toString(x);
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

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

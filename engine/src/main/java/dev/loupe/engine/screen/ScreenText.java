package dev.loupe.engine.screen;

import dev.loupe.engine.page.TextColumns;
import dev.loupe.engine.screen.ProfileReport.Growth;
import dev.loupe.io.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A screen for people: of each arithmetic the verdict first. */
public final class ScreenText {
  private final StringBuilder out = new StringBuilder();

  private ScreenText() {}

  /** The report, its lines ended by {@code \n}. */
  public static String of(ScreenReport report) {
    ScreenText text = new ScreenText();
    for (ProfileReport profile : report.profiles()) {
      text.line(
          "%s, %s: %s", Printable.escape(report.model()), profile.profile(), verdict(profile));
      text.profile(profile);
      text.line("");
    }
    if (!report.unread().isEmpty()) {
      text.line("%s could not be run:", pictures(report.unread().size()));
      report.unread().forEach(u -> text.line("  %s", Printable.escape(u.reason())));
      text.line("");
    }
    text.line(
        "A margin is the factor by which numbers may grow. A verdict holds for these pictures and"
            + " this prompt.");
    return text.out.toString();
  }

  /** The verdict in a sentence. */
  public static String verdict(ProfileReport p) {
    return p.verdict()
        .map(verdict ->
            switch (verdict) {
              case SAFE ->
                  "SAFE. In %s every number may grow by a factor of %s."
                      .formatted(pictures(p.screened()), margin(p.margin()));
              case NARROW ->
                  "NARROW. In %s no number left the range, but one may only grow by a factor of %s."
                      .formatted(pictures(p.screened()), margin(p.margin()));
              case FAILS ->
                  "FAILS. Of %s %d left the range, and %d got no answer."
                      .formatted(pictures(p.screened()), p.overflowed(), p.unanswered());
            })
        .orElse("no verdict, for no picture could be run.");
  }

  private static String pictures(int count) {
    return count == 1 ? "1 picture" : String.format(Locale.ROOT, "%,d pictures", count);
  }

  /** A margin with the digits that matter. */
  public static String margin(double margin) {
    if (Double.isInfinite(margin)) {
      return "any size";
    }
    boolean edge = margin != 1 && Math.abs(margin - 1) < 0.01;
    return String.format(Locale.ROOT, edge ? "%.7f" : margin < 1e4 ? "%.3f" : "%.1e", margin);
  }

  private void profile(ProfileReport p) {
    p.first()
        .ifPresent(first -> {
          line("  first      %s", Printable.escape(first.picture()));
          first.overflow().ifPresent(this::overflow);
          first.error().ifPresent(error -> line("  no answer  %s", Printable.escape(error)));
        });
    if (p.screened() == 0) {
      return;
    }
    line("");
    line("  The narrowest places, up to the first that left the range in each picture");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("margin", "largest", "place", "picture", "at"));
    for (Extreme e : p.narrowest()) {
      rows.add(
          List.of(
              margin(e.margin()),
              Float.toString(e.magnitude()),
              e.site().toString(),
              Printable.escape(e.picture()),
              Printable.escape(e.at())));
    }
    table(rows);
    line("");
    line("  The margin after so many pictures");
    rows = new ArrayList<>();
    rows.add(List.of("pictures", "margin", "nearest"));
    for (Growth g : p.growth()) {
      rows.add(
          List.of(
              Integer.toString(g.pictures()), margin(g.margin()), Printable.escape(g.picture())));
    }
    table(rows);
  }

  private void overflow(Extreme e) {
    line("  in         %s", e.site());
    line("  value      %s; the range ends at %s", e.magnitude(), e.limit());
    line("  at         %s", Printable.escape(e.at()));
  }

  private void table(List<List<String>> rows) {
    TextColumns.of(rows).forEach(row -> line("    %s", row));
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

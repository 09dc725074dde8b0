package dev.loupe.engine.diagnose;

import static dev.loupe.engine.diagnose.SequenceToken.quoted;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A diagnosis for people. */
public final class DiagnosisText {

  /** Single scores that are written out. */
  private static final int LISTED = 8;

  private final Diagnosis d;
  private final StringBuilder out = new StringBuilder();

  private DiagnosisText(Diagnosis d) {
    this.d = d;
  }

  /** The report, its lines ended by {@code \n}. */
  public static String of(Diagnosis diagnosis) {
    return new DiagnosisText(diagnosis).report();
  }

  private String report() {
    headline();
    exception();
    overflow();
    d.firstSum().ifPresent(sum -> out.append('\n').append(SumOverflowText.of(d, sum)));
    out.append(AbsorbedText.of(d));
    nan();
    d.order().ifPresent(o -> out.append('\n').append(SummationOrderText.of(d, o)));
    range();
    if (!d.remedies().isEmpty()) {
      out.append(new RemediesText(d).table());
    }
    return out.toString();
  }

  private void headline() {
    Outcome outcome = d.outcome();
    String run = d.model() + ", " + setting();
    if (d.fails()) {
      line("%s: FAILS at token %d of the answer, in %s.", run, d.failingToken(), failingPass());
    } else if (!d.absorbed().isEmpty()) {
      line(
          "%s: ANSWERS, but an overflow was absorbed in %s.",
          run, d.absorbed().getFirst().overflow().operation());
    } else if (!outcome.clean()) {
      line("%s: ANSWERS, although numbers left the range.", run);
    } else {
      line("%s: ANSWERS. No number left the range.", run);
    }
    line("  prompt of %s, tokens drawn from seed %d", count(d.promptTokens(), "token"), d.seed());
    if (!outcome.tokens().isEmpty()) {
      line("  %s %s", d.fails() ? "until then" : "answer", shortened(outcome.text()));
    }
    if (!outcome.tokens().equals(d.reference().tokens())) {
      line("  float32 says %s", shortened(d.reference().text()));
    }
  }

  private String setting() {
    String sampling =
        d.outcome().sampling() == SamplingRemedy.NONE ? "" : ", " + d.outcome().sampling();
    return d.profile() + sampling;
  }

  /** The pass whose logits the failing token is drawn from. */
  private String failingPass() {
    return pass(d, d.failingToken() - 1);
  }

  /** A pass in words: {@code the prompt's pass}. */
  public static String pass(Diagnosis d, int pass) {
    return pass == 0
        ? "the prompt's pass"
        : "step %d of generation, when %s came as a new query and key"
            .formatted(pass, quoted(d.tokens().get(d.promptTokens() + pass - 1).text()));
  }

  private void exception() {
    if (!d.fails()) {
      return;
    }
    heading("What PyTorch does");
    d.outcome()
        .refusal()
        .ifPresentOrElse(
            refusal -> {
              line("  on a CPU   RuntimeError: %s", refusal.message());
              line("  on CUDA    RuntimeError: %s", refusal.cudaMessage());
              line("             a device-side assert, from PyTorch 2.6 on: the first sentence is");
              line("             printed by the GPU, whose context is lost; before, it was raised");
              line("  because    %s", refusal.found());
            },
            () -> line("  draws from logits that are not finite, without an error"));
    line(
        "  do_sample=False raises nothing and prints %s%s",
        shortened(d.greedy().text()),
        d.greedy().badTokens() > 0 ? ": argmax of NaN is token 0 at every step" : "");
  }

  private void overflow() {
    if (d.firstOverflow().isEmpty()) {
      return;
    }
    heading("First overflow");
    Overflow first = d.firstOverflow().get();
    line("  in         %s", first.operation());
    line("  during     %s", pass(d, first.pass()));
    first.score().ifPresentOrElse(this::firstScore, () -> element(first));
    counts();
  }

  private void firstScore(ExtremeScore s) {
    line("  where      %s", where(s));
    line("  query      %s", place(s.part(), s.query()));
    line("  key        %s", place(s.part(), s.key()));
    if (Float.isInfinite(s.value())) {
      line("  value      infinite before it was rounded: its sum overflowed, see below");
    } else {
      line(
          "  value      %s in float32 before scaling; float16 makes infinity of 65520 and more",
          s.value());
      line("  margin     %s", margin(s));
    }
    line(
        "  masked     %s",
        s.masked()
            ? "yes: the key is in the query's future, but infinity stays after the mask is added"
            : "no");
  }

  private String place(Part part, int row) {
    return part == Part.VISION_TOWER
        ? "patch %d, %s".formatted(row, d.patches().place(row))
        : d.tokens().get(row).toString();
  }

  private void element(Overflow first) {
    if (first.row() >= 0 && first.row() < d.tokens().size()) {
      line("  row        %s", d.tokens().get((int) first.row()));
    }
    line("  element    %d", first.index());
    if (d.firstSum().filter(s -> s.sum().operation().equals(first.operation())).isPresent()) {
      line("  value      infinite before it was rounded: its sum overflowed, see below");
    } else {
      line(
          "  value      up to %s in float32; %s ends at %s",
          first.largest(),
          d.profile().computeName(),
          (float) OperationRange.largestFinite(d.profile().compute()));
    }
    if (d.weights().overflowed() > 0) {
      line(
          "  because    %s overflowed as they were loaded",
          count(d.weights().overflowed(), "weight"));
    }
  }

  private void counts() {
    for (OverflowCount c : d.overflowCounts()) {
      String masked = c.masked() == 0 ? "none" : "%,d".formatted(c.masked());
      line(
          "  %s, %s %d, %s %s: %s past the range, %s of them masked",
          c.pass() == 0 ? "prompt's pass" : "step " + c.pass(),
          layer(c.part()),
          c.layer(),
          c.heads().size() == 1 ? "head" : "heads",
          c.heads().stream().map(String::valueOf).collect(Collectors.joining(", ")),
          count(c.overflows(), "score"),
          masked);
    }
    Outcome outcome = d.outcome();
    if (outcome.overflows() > 0 && outcome.overflows() == outcome.maskedOverflows()) {
      line(
          "  Only scores that the mask was to hide overflow: attention that skips them would not.");
    }
    if (d.overflowing().size() > 1 && d.overflowing().size() <= LISTED) {
      line("  all of them:");
      d.overflowing().forEach(e -> line("    %s", score(e.score())));
    }
  }

  private void nan() {
    if (d.firstNan().isEmpty()) {
      if (d.outcome().overflows() > 0) {
        heading("How NaN spread");
        line("  It did not: all infinite scores were absorbed, see above.");
      }
      return;
    }
    heading("How NaN spread");
    line("  in %s:", pass(d, d.nanPass()));
    NanRows first = d.firstNan().get();
    List<NanRows> shown =
        d.spread().stream()
            .filter(rows -> rows.stage().part() != Part.VISION_TOWER || rows.nanRows() > 0)
            .toList();
    int width = shown.stream().mapToInt(rows -> rows.stage().toString().length()).max().orElse(0);
    for (NanRows rows : shown) {
      line(
          "  %s %,d of %,d rows%s",
          padded(rows.stage().toString(), Math.max(width, 14)),
          rows.nanRows(),
          rows.rows(),
          rows == first ? "   the first: " + firstRow(rows) : "");
    }
    line("  +infinity makes a softmax row NaN: the row's token is NaN in this layer's output, its");
    line(
        "  key and value in the next, where NaN + mask and 0 * NaN reach every row that has the key.");
    if (d.nanPass() > 0) {
      line("  The cache keeps that key, so every later token fails as well.");
    }
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private String firstRow(NanRows rows) {
    if (rows.stage().part() == Part.VISION_TOWER && !rows.stage().equals(StageId.MERGER)) {
      return place(Part.VISION_TOWER, rows.first());
    }
    int base = d.nanPass() == 0 ? 0 : d.promptTokens() + d.nanPass() - 1;
    return rows.stage().part() == Part.DECODER
        ? d.tokens().get(base + rows.first()).toString()
        : "row " + rows.first();
  }

  private void range() {
    DType compute = d.profile().compute();
    heading("The rest of the range");
    line(
        "  weights    %,d rounded to %s: %,d changed, %,d became infinite",
        d.weights().weights(),
        d.profile().computeName(),
        d.weights().inexact(),
        d.weights().overflowed());
    for (OperationRange r : d.largest()) {
      line(
          "  %-42s up to %s, %s of the range%s",
          r.operation(),
          r.largest(),
          percent(r.share(compute)),
          r.infinite() > 0 ? ", %,d infinite".formatted(r.infinite()) : "");
    }
    Underflow all = d.underflow();
    line(
        "  underflow  of %,d results %,d became 0, %,d subnormal",
        all.elements(), all.zeroed(), all.subnormal());
  }

  /** A score in a line. */
  static String score(ExtremeScore s) {
    return "%s: %s, %s, %s"
        .formatted(where(s), s.value(), margin(s), s.masked() ? "masked" : "not masked");
  }

  private static String where(ExtremeScore s) {
    return "%s %d, head %d, query %d, key %d"
        .formatted(layer(s.part()), s.layer(), s.head(), s.query(), s.key());
  }

  private static String layer(Part part) {
    return part == Part.VISION_TOWER ? "vision block" : "layer";
  }

  /** How far from 65520, and as a share of it. */
  private static String margin(ExtremeScore s) {
    return String.format(
        Locale.ROOT,
        "%.5g %s 65520 (%.2g)",
        Math.abs(s.distance()),
        s.overflows() ? "past" : "below",
        Math.abs(s.distance() / ExtremeScore.THRESHOLD));
  }

  /** {@code 0.62 %}, {@code 100 %}: two digits, and all of those before the point. */
  static String percent(double share) {
    return String.format(Locale.ROOT, 100 * share < 99.5 ? "%.2g %%" : "%.0f %%", 100 * share);
  }

  /** {@code 1 token}, {@code 1,234 tokens}. */
  static String count(long n, String noun) {
    return "%,d %s%s".formatted(n, noun, n == 1 ? "" : "s");
  }

  private static String shortened(String text) {
    return shortened(text, 100);
  }

  /** A text in quotes, cut at a limit. */
  static String shortened(String text, int limit) {
    return text.length() <= limit ? quoted(text) : quoted(text.substring(0, limit)) + "...";
  }

  private void heading(String text) {
    out.append('\n').append(text).append('\n');
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}

package dev.loupe.engine.diagnose.html;

import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.diagnose.Outcome;
import dev.loupe.engine.diagnose.Overflow;
import dev.loupe.engine.diagnose.OverflowCount;
import dev.loupe.engine.diagnose.SumEvent;
import dev.loupe.engine.diagnose.SummationOrder;
import dev.loupe.engine.page.Markup;
import dev.loupe.engine.page.Page;
import dev.loupe.engine.page.Table;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.List;
import java.util.Optional;

/** The verdict in a sentence, what PyTorch does, and where it starts. */
final class VerdictSection {

  /** Layers whose overflows are counted on the page; JSON has more. */
  private static final int LISTED = 12;

  private final Diagnosis d;
  private final Markup out;

  private VerdictSection(Diagnosis d, Markup out) {
    this.d = d;
    this.out = out;
  }

  /** Writes the head of the page. */
  static void head(Markup out, Diagnosis d) {
    VerdictSection section = new VerdictSection(d, out);
    out.open("header", "class", d.fails() ? "fails" : d.outcome().clean() ? "clean" : "left");
    out.open("h1").text(d.model() + ", " + d.profile() + ", ");
    section.sentence();
    out.close("h1");
    section.answers();
    out.close("header");
  }

  private void sentence() {
    if (d.fails()) {
      out.sentence("fails at token %s of the answer: ", d.failingToken());
      section();
    } else if (d.outcome().clean()) {
      out.text("answers, and no number leaves the range.");
    } else if (!d.absorbed().isEmpty()) {
      String operation = d.absorbed().getFirst().overflow().operation().toString();
      out.text("answers, but an overflow was absorbed in " + operation + ".");
    } else {
      out.text("answers, although numbers leave the range: ");
      section();
    }
  }

  private void section() {
    if (d.firstOverflow().isEmpty()) {
      out.text(
          d.firstNan()
              .map(nan -> "the first NaN stands in " + nan.stage() + ".")
              .orElse("its logits are not finite."));
      return;
    }
    Overflow first = d.firstOverflow().get();
    out.text(first.operation() + " reaches ");
    ExtremeScore score = first.score().orElse(null);
    if (score != null && Float.isInfinite(score.value())) {
      out.text("infinity inside a sum.");
      return;
    }
    out.number(score == null ? first.largest() : score.value());
    out.text(", where " + d.profile().computeName() + " makes infinity of it.");
  }

  private void answers() {
    Outcome outcome = d.outcome();
    out.open("dl");
    if (!outcome.tokens().isEmpty()) {
      Page.fact(out, d.fails() ? "Until then" : "Answer", outcome.text());
    }
    if (!outcome.tokens().equals(d.reference().tokens())) {
      Page.fact(out, "float32 says", d.reference().text());
    }
    if (d.fails()) {
      outcome
          .refusal()
          .ifPresentOrElse(
              refusal -> {
                Page.fact(out, "PyTorch on a CPU", "RuntimeError: " + refusal.message());
                Page.fact(out, "PyTorch on CUDA", "RuntimeError: " + refusal.cudaMessage());
                Page.fact(out, "because", refusal.found());
              },
              () ->
                  Page.fact(
                      out, "PyTorch", "draws from logits that are not finite, without an error"));
      Page.fact(out, "without sampling", d.greedy().text() + " (no error)");
    }
    out.close("dl");
  }

  /** Writes where the first infinity came from, if there is one. */
  static void origin(Markup out, Diagnosis d) {
    VerdictSection section = new VerdictSection(d, out);
    d.firstOverflow().ifPresent(section::overflow);
    d.firstSum().ifPresent(section::sum);
    AbsorbedSection.write(out, d);
    d.order().ifPresent(section::order);
  }

  private void overflow(Overflow first) {
    out.open("section").element("h2", "First overflow").open("dl");
    Page.fact(out, "in", first.operation().toString());
    Page.fact(out, "during", DiagnosisText.pass(d, first.pass()));
    Optional<ExtremeScore> score = first.score();
    if (score.isPresent()) {
      score(score.get());
    } else {
      if (first.row() >= 0 && first.row() < d.tokens().size()) {
        Page.fact(out, "row", d.tokens().get((int) first.row()).toString());
      }
      Page.fact(out, "element", first.index());
      Page.fact(out, "largest value in float32", first.largest());
    }
    out.close("dl");
    counts();
    out.close("section");
  }

  private void score(ExtremeScore s) {
    out.element("dt", "where").open("dd");
    out.sentence(layer(s.part()) + " %s, head %s", s.layer(), s.head()).close("dd");
    place("query", s.part(), s.query());
    place("key", s.part(), s.key());
    if (Float.isInfinite(s.value())) {
      Page.fact(out, "value", "infinite before it was rounded: its sum overflowed, see below");
    } else {
      Page.fact(out, "value in float32", s.value());
      out.element("dt", "past 65520 by").open("dd").number(s.distance());
      out.text(", as a share of it ").number(s.margin()).close("dd");
    }
    Page.fact(
        out,
        "masked",
        s.masked()
            ? "yes: the key is in the query's future, but infinity stays after the mask is added"
            : "no");
  }

  private void place(String name, Part part, int row) {
    String place =
        part == Part.VISION_TOWER
            ? "patch %d, %s".formatted(row, d.patches().place(row))
            : d.tokens().get(row).toString();
    out.element("dt", name).open("dd", "data-value", row).text(place).close("dd");
  }

  private void counts() {
    List<OverflowCount> counts = d.overflowCounts();
    if (counts.isEmpty()) {
      return;
    }
    Table table =
        new Table(out, "pass", "where", "heads", "scores past the range", "of them masked");
    for (OverflowCount c : counts.subList(0, Math.min(LISTED, counts.size()))) {
      out.open("tr");
      table.cell("pass").number(c.pass()).close("td");
      table.cell("where").sentence(layer(c.part()) + " %s", c.layer()).close("td");
      table.cell("heads");
      for (int i = 0; i < c.heads().size(); i++) {
        out.text(i == 0 ? "" : ", ").number(c.heads().get(i));
      }
      out.close("td");
      table.cell("scores past the range").number(c.overflows()).close("td");
      table.cell("of them masked").number(c.masked()).close("td").close("tr");
    }
    table.end();
    if (counts.size() > LISTED) {
      out.element("p", "Further layers and passes are in the JSON.", "class", "quiet");
    }
  }

  private static String layer(Part part) {
    return part == Part.VISION_TOWER ? "vision block" : "layer";
  }

  private void sum(SumEvent event) {
    SumOverflow sum = event.sum();
    out.open("section").element("h2", "First overflow inside a sum").open("dl");
    Page.fact(out, "in", sum.operation().toString());
    Page.fact(out, "during", DiagnosisText.pass(d, event.pass()));
    Page.fact(out, "row", event.place());
    sum.head().ifPresent(head -> Page.fact(out, "head", head));
    Page.fact(out, "element", sum.element());
    out.element("dt", "at").open("dd");
    out.sentence("terms %s to %s of %s: ", sum.firstTerm(), sum.lastTerm(), sum.terms());
    out.sentence("the float16 accumulator held %s, this step made it infinite", sum.before());
    out.close("dd");
    Page.fact(out, "with a float32 accumulator", sum.float32());
    Page.fact(
        out,
        "because",
        sum.finiteInFloat32()
            ? "the accumulator is float16; operands and result are within its range"
            : "the result is past the range of float16, whatever adds it up");
    out.close("dl").close("section");
  }

  private void order(SummationOrder order) {
    out.open("section").element("h2", "Does it depend on the order of additions?").open("p");
    out.text(
        switch (order.finding()) {
          case ORDER_DECIDES ->
              "Yes: a score lies so near 65520, or overflows in one order only, that the order of"
                  + " additions decides. ";
          case CLOSE ->
              "Perhaps: the same scores overflow first to last and last to first, but the nearest"
                  + " is nearer to 65520 than ten times what the order moved. ";
          case SETTLED ->
              "No: the same scores overflow first to last and last to first, and the nearest is"
                  + " farther from 65520 than ten times what the order moved. ";
        });
    out.sentence(
        "First to last %s overflow in the prompt's pass, last to first %s.",
        order.overflows(), order.overflowsBackwards());
    order
        .nearest()
        .ifPresent(s -> {
          out.sentence(" The nearest is %s", s.value());
          out.sentence(" (layer %s, head %s, ", s.layer(), s.head());
          out.sentence("query %s, key %s).", s.query(), s.key());
        });
    out.close("p").close("section");
  }
}

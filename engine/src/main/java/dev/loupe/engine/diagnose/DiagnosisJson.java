package dev.loupe.engine.diagnose;

import dev.loupe.io.Json;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A diagnosis for programs: one JSON object in one line. Keys and their order are a contract: more
 * may be added, none is removed. What does not apply is null; a number that JSON cannot write is
 * the string {@code "NaN"} or {@code "Infinity"}. Tokens of the answer count from 1, pass n runs on
 * token n, pass 0 on the prompt; positions, layers, heads and rows count from 0.
 */
public final class DiagnosisJson {
  private final Diagnosis d;

  private DiagnosisJson(Diagnosis d) {
    this.d = d;
  }

  /** The object. */
  public static String of(Diagnosis diagnosis) {
    return Json.write(new DiagnosisJson(diagnosis).object());
  }

  private Map<String, Object> object() {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("model", d.model());
    o.put("dtype", d.profile().computeName());
    o.put("attention", d.profile().attention().toString());
    o.put("arithmetic", d.profile().accumulation().label());
    o.put("remedy", d.profile().remedy().toString());
    o.put("sampling_remedy", d.outcome().sampling().toString());
    o.put("seed", d.seed());
    o.put("prompt_tokens", d.promptTokens());
    o.put("fails", d.fails());
    o.put("failing_token", d.fails() ? d.failingToken() : null);
    o.put("exception", d.outcome().refusal().map(DiagnosisJson::refusal).orElse(null));
    o.put("first_overflow", d.firstOverflow().map(DiagnosisJson::overflow).orElse(null));
    o.put("first_sum_overflow", d.firstSum().map(DiagnosisJson::sum).orElse(null));
    o.put("sum_overflow_counts", d.sumCounts().stream().map(DiagnosisJson::sums).toList());
    o.put("absorbed_overflows", d.absorbed().stream().map(DiagnosisJson::absorbed).toList());
    o.put("overflow_counts", d.overflowCounts().stream().map(DiagnosisJson::count).toList());
    o.put("overflows", d.overflowing().stream().map(DiagnosisJson::event).toList());
    o.put("nan_pass", d.firstNan().isPresent() ? d.nanPass() : null);
    o.put("first_nan", d.firstNan().map(DiagnosisJson::rows).orElse(null));
    o.put("nan_rows", d.spread().stream().map(DiagnosisJson::rows).toList());
    o.put("summation_order", d.order().map(this::order).orElse(null));
    o.put("weights", weights());
    o.put("largest", d.largest().stream().map(this::range).toList());
    o.put("underflow", underflow());
    o.put("answer", outcome(d.outcome()));
    o.put("greedy", outcome(d.greedy()));
    o.put("float32", outcome(d.reference()));
    o.put("remedies", d.remedies().stream().map(DiagnosisJson::remedy).toList());
    o.put("tokens", d.tokens().stream().map(DiagnosisJson::token).toList());
    o.put("operations", d.operations().stream().map(this::range).toList());
    o.put("head_scores", d.margins().layers().stream().map(DiagnosisJson::heads).toList());
    o.put("token_scores", largest(d.margins().tokens()));
    o.put("exponents", d.exponents().stream().map(DiagnosisJson::exponents).toList());
    return o;
  }

  private static Map<String, Object> refusal(Refusal r) {
    return Json.object(
        "cpu",
        "RuntimeError: " + r.message(),
        "cuda",
        "RuntimeError: " + r.cudaMessage(),
        "cuda_is_device_side_assert",
        true,
        "found",
        r.found());
  }

  static Map<String, Object> overflow(Overflow o) {
    Map<String, Object> map =
        Json.object(
            "pass", o.pass(),
            "operation", o.operation().toString(),
            "row", o.row() < 0 ? null : o.row(),
            "index", o.index(),
            "largest", o.largest(),
            "score", o.score().map(DiagnosisJson::score).orElse(null));
    return map;
  }

  static Map<String, Object> sum(SumEvent e) {
    SumOverflow s = e.sum();
    return Json.object(
        "pass", e.pass(),
        "operation", s.operation().toString(),
        "head", value(s.head()),
        "row", s.row(),
        "place", e.place(),
        "element", s.element(),
        "first_term", s.firstTerm(),
        "last_term", s.lastTerm(),
        "terms", s.terms(),
        "accumulator_before", s.before(),
        "float32_accumulator", s.float32(),
        "float32_result", s.rounded(),
        "finite_with_float32_accumulator", s.finiteInFloat32());
  }

  static Map<String, Object> sums(SumCount c) {
    return Json.object("pass", c.pass(), "operation", c.operation().toString(), "sums", c.sums());
  }

  private static Map<String, Object> absorbed(AbsorbedEvent e) {
    AbsorbedOverflow a = e.overflow();
    return Json.object(
        "pass", e.pass(),
        "part", part(a.operation().part()),
        "layer", value(a.operation().module().layer()),
        "operation", a.operation().toString(),
        "how", a.how().toString(),
        "head", value(a.head()),
        "row", a.row(),
        "place", e.place(),
        "element", a.element(),
        "before", a.before(),
        "after", a.after(),
        "count", a.count());
  }

  private static Map<String, Object> event(ScoreEvent e) {
    Map<String, Object> map = Json.object("pass", e.pass());
    map.putAll(score(e.score()));
    return map;
  }

  static Map<String, Object> score(ExtremeScore s) {
    return Json.object(
        "part", part(s.part()),
        "layer", s.layer(),
        "head", s.head(),
        "query", s.query(),
        "key", s.key(),
        "value", s.value(),
        "margin", s.margin(),
        "distance", s.distance(),
        "masked", s.masked());
  }

  private static String part(Part part) {
    return part == Part.VISION_TOWER ? "vision" : "decoder";
  }

  static Map<String, Object> count(OverflowCount c) {
    return Json.object(
        "pass",
        c.pass(),
        "part",
        part(c.part()),
        "layer",
        c.layer(),
        "heads",
        c.heads(),
        "overflows",
        c.overflows(),
        "masked",
        c.masked());
  }

  static Map<String, Object> rows(NanRows r) {
    return Json.object(
        "stage",
        r.stage().toString(),
        "nan_rows",
        r.nanRows(),
        "rows",
        r.rows(),
        "first",
        r.first(),
        "spans",
        r.spans().stream().map(s -> List.of(s.first(), s.rows())).toList());
  }

  private Map<String, Object> order(SummationOrder o) {
    return Json.object(
        "finding", o.finding().name().toLowerCase(Locale.ROOT),
        "nearest", o.nearest().map(DiagnosisJson::score).orElse(null),
        "nearest_backwards", o.nearestBackwards().map(ExtremeScore::value).orElse(null),
        "overflows", o.overflows(),
        "overflows_backwards", o.overflowsBackwards(),
        "differing", o.differing().stream().map(DiagnosisJson::score).toList(),
        "compared", o.compared(),
        "largest_relative_difference", o.largestDifference(),
        "edge", o.edge(),
        "on_edge", o.onEdge().stream().map(DiagnosisJson::event).toList(),
        "fails_backwards", o.failsBackwards());
  }

  private Map<String, Object> weights() {
    return Json.object(
        "converted", d.weights().weights(),
        "inexact", d.weights().inexact(),
        "overflowed", d.weights().overflowed());
  }

  private Map<String, Object> range(OperationRange r) {
    return Json.object(
        "operation", r.operation().toString(),
        "largest", r.largest(),
        "share_of_range", r.share(d.profile().compute()),
        "infinite", r.infinite(),
        "nan", r.nan());
  }

  private static Map<String, Object> heads(ScoreMargins.Layer layer) {
    Map<String, Object> map = Json.object("part", part(layer.part()), "layer", layer.layer());
    map.putAll(largest(layer.heads()));
    return map;
  }

  private static Map<String, Object> exponents(ExponentHistogram h) {
    return Json.object(
        "operation", h.operation(),
        "zero", h.zeros(),
        "not_finite", h.nonFinite(),
        "least_exponent", h.least(),
        "counts", h.counts());
  }

  /** Magnitudes of scores with their margins; null where there was no number. */
  private static Map<String, Object> largest(List<Float> scores) {
    List<Float> largest = new ArrayList<>();
    List<Float> margins = new ArrayList<>();
    for (float score : scores) {
      largest.add(Float.isNaN(score) ? null : Float.valueOf(score));
      margins.add(Float.isNaN(score) ? null : Float.valueOf(ScoreMargins.margin(score)));
    }
    return Json.object("largest", largest, "margin", margins);
  }

  private Map<String, Object> underflow() {
    return Json.object(
        "elements", d.underflow().elements(),
        "zeroed", d.underflow().zeroed(),
        "subnormal", d.underflow().subnormal());
  }

  static Map<String, Object> outcome(Outcome o) {
    return Json.object(
        "failed", o.failed(),
        "text", o.text(),
        "tokens", o.tokens(),
        "first_non_finite_token", value(o.firstBadToken()),
        "non_finite_tokens", o.badTokens(),
        "overflows", o.overflows(),
        "masked_overflows", o.maskedOverflows(),
        "other_overflows", o.otherOverflows(),
        "exposed_scores", o.exposed(),
        "absorbed_overflows", o.absorbed());
  }

  private static Map<String, Object> remedy(RemedyReport r) {
    Map<String, Object> map =
        Json.object(
            "remedy", r.remedy().toString(),
            "verdict", r.verdict().toString(),
            "logit_difference", value(r.logitDifference()),
            "first_different_token", value(r.firstDifferentToken()));
    map.putAll(outcome(r.outcome()));
    map.put("stages", r.stages().stream().map(ArithmeticComparisonJson::stage).toList());
    return map;
  }

  static Map<String, Object> token(SequenceToken t) {
    return Json.object(
        "position", t.position(), "id", t.id(), "kind", t.kind().toString(), "text", t.text());
  }

  static Integer value(OptionalInt number) {
    return number.isPresent() ? number.getAsInt() : null;
  }

  private static Double value(OptionalDouble number) {
    return number.isPresent() ? number.getAsDouble() : null;
  }
}

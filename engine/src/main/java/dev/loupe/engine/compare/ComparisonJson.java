package dev.loupe.engine.compare;

import dev.loupe.engine.compare.StageDistance.Element;
import dev.loupe.engine.compare.TraceComparison.Side;
import dev.loupe.io.Json;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A comparison for programs: one JSON object in one line. Keys and their order are a contract: more
 * may be added, none is removed. What does not apply is null; a number that JSON cannot write is
 * the string {@code "NaN"} or {@code "Infinity"}. Rows and elements count from 0.
 */
public final class ComparisonJson {
  private ComparisonJson() {}

  /** The object. */
  public static String of(TraceComparison c) {
    Optional<StageComparison> found = c.cause().or(c::first);
    return Json.write(
        Json.object(
            "verdict", name(c.verdict()),
            "stage", found.map(StageComparison::stage).orElse(null),
            "judgement", found.map(s -> name(s.judgement())).orElse(null),
            "what", found.map(StageComparison::what).orElse(null),
            "where",
                found.flatMap(StageComparison::distance).map(ComparisonJson::where).orElse(null),
            "compared_in", c.typeName(),
            "a", side(c.a()),
            "b", side(c.b()),
            "stages", c.stages().stream().map(ComparisonJson::stage).toList(),
            "notes", c.notes()));
  }

  private static Map<String, Object> side(Side s) {
    return Json.object(
        "file", s.file(),
        "dtype", s.typeName(),
        "attention", s.attention(),
        "tokens", s.tokens(),
        "model", s.model(),
        "run", s.run());
  }

  private static Map<String, Object> stage(StageComparison s) {
    Map<String, Object> stage =
        Json.object(
            "stage", s.stage(),
            "judgement", name(s.judgement()),
            "within_rounding", s.judgement().withinRounding(),
            "what", s.what());
    StageDistance d = s.distance().orElse(null);
    stage.putAll(
        Json.object(
            "elements", d == null ? null : d.elements(),
            "differing", d == null ? null : d.differing(),
            "only_one_infinite", d == null ? null : d.onlyOneInfinite(),
            "only_one_nan", d == null ? null : d.onlyOneNan(),
            "not_finite_in_both", d == null ? null : d.notFiniteInBoth(),
            "mean_ulps", d == null ? null : d.meanUlps(),
            "worst_ulps", d == null ? null : d.worstUlps(),
            "relative_rms", d == null ? null : d.relativeRms(),
            "relative_max", d == null ? null : d.relativeMax(),
            "first", d == null ? null : d.first().map(ComparisonJson::element).orElse(null),
            "first_not_finite",
                d == null ? null : d.firstNotFinite().map(ComparisonJson::element).orElse(null)));
    return stage;
  }

  /** The element that the judgement speaks of. */
  private static Map<String, Object> where(StageDistance d) {
    return d.firstNotFinite().or(d::first).map(ComparisonJson::element).orElse(null);
  }

  private static Map<String, Object> element(Element e) {
    return Json.object("row", e.row(), "element", e.index(), "a", e.a(), "b", e.b());
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

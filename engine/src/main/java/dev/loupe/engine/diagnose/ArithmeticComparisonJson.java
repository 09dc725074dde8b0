package dev.loupe.engine.diagnose;

import dev.loupe.io.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A comparison of arithmetics for programs: one JSON object in one line. Keys are a contract, as
 * those of {@link DiagnosisJson} are, and what both have in common has the same form.
 */
public final class ArithmeticComparisonJson {
  private ArithmeticComparisonJson() {}

  /** The object. */
  public static String of(ArithmeticComparison c) {
    ComparisonFindings findings = ComparisonFindings.of(c);
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("model", c.model());
    o.put("dtype", c.profile().computeName());
    o.put("attention", c.profile().attention().toString());
    o.put("remedy", c.profile().remedy().toString());
    o.put("seed", c.seed());
    o.put("prompt_tokens", c.promptTokens());
    o.put("reference", c.existing().getFirst().arithmetic().label());
    o.put("arithmetics", c.reports().stream().map(ArithmeticComparisonJson::report).toList());
    o.put("common", findings.common());
    o.put("different", findings.different());
    o.put("tokens", c.tokens().stream().map(DiagnosisJson::token).toList());
    return Json.write(o);
  }

  private static Map<String, Object> report(ArithmeticReport r) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("arithmetic", r.arithmetic().label());
    o.put("missing", r.missing().orElse(null));
    r.run().ifPresent(run -> put(run, o));
    return o;
  }

  private static void put(ArithmeticRun run, Map<String, Object> o) {
    o.put("fails", run.fails());
    o.put("failing_token", run.fails() ? run.failingToken() : null);
    o.put("first_overflow", run.firstOverflow().map(DiagnosisJson::overflow).orElse(null));
    o.put("first_sum_overflow", run.firstSum().map(DiagnosisJson::sum).orElse(null));
    o.put("sum_overflow_counts", run.sumCounts().stream().map(DiagnosisJson::sums).toList());
    o.put("overflow_counts", run.overflowCounts().stream().map(DiagnosisJson::count).toList());
    o.put("nan_pass", run.firstNan().isPresent() ? run.nanPass() : null);
    o.put("first_nan", run.firstNan().map(DiagnosisJson::rows).orElse(null));
    o.put("answer", DiagnosisJson.outcome(run.outcome()));
    o.put("first_different_token", DiagnosisJson.value(run.firstDifferentToken()));
    o.put("stages", run.differences().stream().map(ArithmeticComparisonJson::stage).toList());
  }

  static Map<String, Object> stage(StageDifference d) {
    return Json.object(
        "stage", d.stage().toString(),
        "elements", d.elements(),
        "differing", d.differing(),
        "finite_in_one", d.finiteInOne(),
        "largest_difference", d.largest(),
        "share_of_largest", d.share());
  }
}

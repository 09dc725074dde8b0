package dev.loupe.cli.bench;

import dev.loupe.io.Json;
import java.util.Map;

/** A benchmark as one JSON object. */
final class BenchJson {
  private BenchJson() {}

  static String of(BenchReport report) {
    return Json.write(
        Json.object(
            "model", report.model(),
            "threads", report.threads(),
            "backend", report.backend(),
            "profile", report.profile(),
            "peaks", peaks(report.peaks()),
            "load", load(report.load()),
            "prefill", report.prefill().stream().map(BenchJson::prefill).toList(),
            "decode", report.decode().stream().map(BenchJson::decode).toList(),
            "image", report.image().stream().map(BenchJson::image).toList()));
  }

  private static Map<String, Object> peaks(BenchReport.Peaks p) {
    return rounded("fma_gflops", p.fmaGflops(), "read_gb_per_s", p.readGbPerSecond());
  }

  private static Map<String, Object> load(BenchReport.Load l) {
    return rounded(
        "seconds", l.seconds(),
        "cached", l.cached(),
        "peak_rss_bytes", l.peakRssBytes(),
        "weight_bytes", l.weightBytes());
  }

  private static Map<String, Object> prefill(BenchReport.Prefill p) {
    return rounded(
        "tokens", p.tokens(),
        "tokens_per_second", p.tokensPerSecond(),
        "gflops", p.gflops(),
        "share_of_fma_peak", p.shareOfFmaPeak());
  }

  private static Map<String, Object> decode(BenchReport.Decode d) {
    return rounded(
        "batch", d.batch(),
        "context", d.context(),
        "tokens_per_second", d.tokensPerSecond(),
        "gb_per_s", d.gbPerSecond(),
        "share_of_read_peak", d.shareOfReadPeak());
  }

  private static Map<String, Object> image(BenchReport.Image i) {
    return rounded(
        "width", i.width(),
        "height", i.height(),
        "patches", i.patches(),
        "milliseconds", i.milliseconds(),
        "gflops", i.gflops(),
        "share_of_fma_peak", i.shareOfFmaPeak());
  }

  /** An object whose numbers are rounded to six decimals. */
  private static Map<String, Object> rounded(Object... pairs) {
    Map<String, Object> object = Json.object(pairs);
    object.replaceAll(
        (_, value) -> value instanceof Double d ? (Object) (Math.round(d * 1e6) / 1e6) : value);
    return object;
  }
}

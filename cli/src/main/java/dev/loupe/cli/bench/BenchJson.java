package dev.loupe.cli.bench;

import dev.loupe.cli.terminal.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/** A benchmark as one JSON object. */
final class BenchJson {
  private BenchJson() {}

  static String of(BenchReport report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", report.model());
    json.put("threads", report.threads());
    json.put("backend", report.backend());
    json.put("profile", report.profile());
    json.put(
        "peaks",
        object(
            "fma_gflops", report.peaks().fmaGflops(),
            "read_gb_per_s", report.peaks().readGbPerSecond()));
    json.put(
        "load",
        object(
            "seconds", report.load().seconds(),
            "cached", report.load().cached(),
            "peak_rss_bytes", report.load().peakRssBytes(),
            "weight_bytes", report.load().weightBytes()));
    json.put("prefill", report.prefill().stream().map(BenchJson::prefill).toList());
    json.put("decode", report.decode().stream().map(BenchJson::decode).toList());
    json.put("image", report.image().stream().map(BenchJson::image).toList());
    return Json.write(json);
  }

  private static Map<String, Object> prefill(BenchReport.Prefill p) {
    return object(
        "tokens", p.tokens(),
        "tokens_per_second", p.tokensPerSecond(),
        "gflops", p.gflops(),
        "share_of_fma_peak", p.shareOfFmaPeak());
  }

  private static Map<String, Object> decode(BenchReport.Decode d) {
    return object(
        "batch", d.batch(),
        "context", d.context(),
        "tokens_per_second", d.tokensPerSecond(),
        "gb_per_s", d.gbPerSecond(),
        "share_of_read_peak", d.shareOfReadPeak());
  }

  private static Map<String, Object> image(BenchReport.Image i) {
    return object(
        "width", i.width(),
        "height", i.height(),
        "patches", i.patches(),
        "milliseconds", i.milliseconds(),
        "gflops", i.gflops(),
        "share_of_fma_peak", i.shareOfFmaPeak());
  }

  /** Keys and values in turn; numbers are rounded to six decimals. */
  private static Map<String, Object> object(Object... pairs) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      Object value = pairs[i + 1];
      object.put((String) pairs[i], value instanceof Double d ? Math.round(d * 1e6) / 1e6 : value);
    }
    return object;
  }
}

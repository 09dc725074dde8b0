package dev.loupe.cli.bench;

import dev.loupe.cli.terminal.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A benchmark as a table. */
final class BenchText {
  private BenchText() {}

  static List<String> of(BenchReport report) {
    List<String> lines = new ArrayList<>();
    lines.add("%s, %s, %s".formatted(report.model(), report.profile(), report.backend()));
    BenchReport.Load load = report.load();
    lines.add(
        format(
            "loaded in %.2f s %s, %s of weights, at most %s resident",
            load.seconds(),
            load.cached() ? "from the cache" : "without the cache",
            bytes(load.weightBytes()),
            load.peakRssBytes() < 0 ? "unknown" : bytes(load.peakRssBytes())));
    TextTable table = new TextTable("what", "", "speed", "rate", "share of peak");
    BenchReport.Peaks peaks = report.peaks();
    table.row("peak", "multiply-add", "", format("%.1f GFLOP/s", peaks.fmaGflops()), "");
    table.row("peak", "read", "", format("%.1f GB/s", peaks.readGbPerSecond()), "");
    for (BenchReport.Prefill p : report.prefill()) {
      table.row(
          "prefill",
          p.tokens() + " tokens",
          format("%.1f tokens/s", p.tokensPerSecond()),
          format("%.1f GFLOP/s", p.gflops()),
          share(p.shareOfFmaPeak()));
    }
    for (BenchReport.Decode d : report.decode()) {
      table.row(
          "decode",
          "batch %d, context %d".formatted(d.batch(), d.context()),
          format("%.2f tokens/s", d.tokensPerSecond()),
          format("%.1f GB/s", d.gbPerSecond()),
          share(d.shareOfReadPeak()));
    }
    for (BenchReport.Image i : report.image()) {
      table.row(
          "picture",
          "%dx%d, %d patches".formatted(i.width(), i.height(), i.patches()),
          format("%.1f ms", i.milliseconds()),
          format("%.1f GFLOP/s", i.gflops()),
          share(i.shareOfFmaPeak()));
    }
    lines.addAll(table.lines());
    return lines;
  }

  private static String bytes(long count) {
    return count < 1e9 ? format("%.1f MB", count / 1e6) : format("%.2f GB", count / 1e9);
  }

  private static String share(double share) {
    return format("%.1f %%", 100 * share);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}

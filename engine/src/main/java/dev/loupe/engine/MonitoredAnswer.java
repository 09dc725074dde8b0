package dev.loupe.engine;

import dev.loupe.io.Json;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.TokenDistribution;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.Map;

/**
 * Writes the readings of one answer into a {@link MonitorFile}. Lines wait for the end of the
 * answer or for a warning, because a call of the system for each would cost more than the reading.
 * Numbers are written here and not by a library for the same reason.
 */
final class MonitoredAnswer implements AnswerWatch {

  /** Characters that wait. */
  private static final int MOST = 1 << 13;

  private final MonitorFile file;
  private final String request;
  private final String begin;
  private final TokenMonitor monitor = new TokenMonitor(this::add);
  private final StringBuilder lines = new StringBuilder();
  private boolean noticed;

  MonitoredAnswer(MonitorFile file, String request) {
    this.file = file;
    this.request = request;
    String object = Json.write(Map.of("request", request));
    this.begin = object.substring(0, object.length() - 1);
  }

  @Override
  public boolean wantsPeaks() {
    return monitor.wantsPeaks();
  }

  @Override
  public void peak(ScorePeak peak) {
    monitor.peak(peak);
  }

  @Override
  public void logits(Tensor logits, Workspace w) {
    monitor.logits(logits, w);
  }

  @Override
  public void chosen(int token) {
    monitor.chosen(token);
  }

  @Override
  public void completed() {
    flush();
  }

  @Override
  public void failed() {
    monitor.failed();
    flush();
  }

  private void flush() {
    if (!lines.isEmpty()) {
      file.add(lines.toString());
      lines.setLength(0);
    }
  }

  private void add(TokenReading reading) {
    lines.append(begin);
    number("step", reading.step());
    if (reading.token().isPresent()) {
      number("token", reading.token().getAsInt());
    } else {
      none("token");
    }
    distribution(reading.distribution());
    if (reading.peak().isPresent()) {
      peakFields(reading.peak().get());
    } else {
      none("largest_score", "score_margin", "score_attention", "score_head", "score_query");
    }
    if (reading.warning().isPresent()) {
      text("warning", reading.warning().get());
    } else {
      none("warning");
    }
    lines.append("}\n");
    if (reading.warning().isPresent() || lines.length() > MOST) {
      flush();
    }
    if (reading.warning().isPresent() && !noticed) {
      noticed = true;
      file.notice(request + ": " + reading.warning().get());
    }
  }

  private void distribution(TokenDistribution read) {
    number("sum", read.sum());
    number("zeros", read.zeros());
    number("subnormals", read.subnormals());
    number("non_finite", read.nonFinite());
    number("entropy", read.entropy());
    number("largest_logit", read.largest());
    number("margin_steps", read.margin());
  }

  private void peakFields(ScorePeak peak) {
    number("largest_score", peak.value());
    number("score_margin", peak.margin());
    text("score_attention", peak.attention().toString());
    number("score_head", peak.head());
    number("score_query", peak.query());
  }

  private StringBuilder name(String name) {
    return lines.append(",\"").append(name).append("\":");
  }

  private void none(String... names) {
    for (String name : names) {
      name(name).append("null");
    }
  }

  private void number(String name, int value) {
    name(name).append(value);
  }

  /** JSON has no number that is not finite. */
  private void number(String name, double value) {
    name(name).append(Double.isFinite(value) ? Double.toString(value) : null);
  }

  private void number(String name, float value) {
    name(name).append(Float.isFinite(value) ? Float.toString(value) : null);
  }

  private void text(String name, String value) {
    String object = Json.write(Map.of(name, value));
    lines.append(',').append(object, 1, object.length() - 1);
  }
}

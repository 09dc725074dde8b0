package dev.loupe.spark;

import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once a minute in the log how far a run has come. */
final class RunProgress implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CaptionPictures.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final CaptionMetrics metrics;
  private final long all;
  private final long start = System.nanoTime();
  private final Thread thread;

  /**
   * Begins.
   *
   * @param metrics count
   * @param all how many pictures there are
   */
  RunProgress(CaptionMetrics metrics, long all) {
    this.metrics = metrics;
    this.all = all;
    this.thread = Thread.ofVirtual().name("loupe-progress").start(this::report);
  }

  private void report() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        LOG.info("{}", line(Duration.ofNanos(System.nanoTime() - start)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The run has ended.
    }
  }

  /** The state after some time. */
  String line(Duration passed) {
    long captioned = metrics.pictures().sum();
    long failed = metrics.failures().sum();
    return String.format(
        Locale.ROOT,
        "%,d of %,d pictures done, %,d of them with an error; %.1f pictures and %.0f tokens a second",
        captioned + failed,
        all,
        failed,
        captioned * 1e3 / Math.max(1, passed.toMillis()),
        metrics.tokens().sum() * 1e3 / Math.max(1, passed.toMillis()));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}

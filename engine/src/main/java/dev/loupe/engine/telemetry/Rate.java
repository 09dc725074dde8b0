package dev.loupe.engine.telemetry;

/** Tokens a second. */
final class Rate {
  private static final double NANOS = 1e9;

  private Rate() {}

  /** Since {@code start} of {@link System#nanoTime}. */
  static double of(int tokens, long start) {
    return tokens * NANOS / Math.max(1, System.nanoTime() - start);
  }
}

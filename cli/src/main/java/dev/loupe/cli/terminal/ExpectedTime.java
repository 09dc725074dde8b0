package dev.loupe.cli.terminal;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** An estimate of a time in words, rounded as roughly as it is known. */
public final class ExpectedTime {

  /** Who waits for less needs no warning. */
  private static final Duration SHORT = Duration.ofSeconds(20);

  private ExpectedTime() {}

  /** {@code 40 seconds}, {@code 12 minutes}, {@code 2.5 hours}; empty below 20 seconds. */
  public static Optional<String> of(Duration time) {
    if (time.compareTo(SHORT) < 0) {
      return Optional.empty();
    }
    double minutes = time.toMillis() / 60_000.0;
    if (minutes < 1.5) {
      return Optional.of(Math.round(minutes * 6) * 10 + " seconds");
    }
    return minutes < 90
        ? Optional.of(Math.round(minutes) + " minutes")
        : Optional.of(String.format(Locale.ROOT, "%.1f hours", minutes / 60));
  }
}

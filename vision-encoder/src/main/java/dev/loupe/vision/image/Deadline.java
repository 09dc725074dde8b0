package dev.loupe.vision.image;

import java.time.Duration;
import java.util.Locale;

/**
 * When the decoding of one picture must be done.
 *
 * <p>A decoder cannot be stopped from outside: a thread cannot be ended, and {@code ImageReader}
 * asks for an abort too seldom. So the clock is asked by whatever the decoder itself calls: {@link
 * PictureStream} when it reads, {@link DeadlineListener} when rows are done, and the raster that it
 * writes to. What they throw unwinds the decoder on its own thread.
 */
final class Deadline {

  /** Thrown through a decoder to end it. Unchecked, since listeners may throw nothing else. */
  static final class Passed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Passed() {
      super("the time for this picture is over", null, false, false);
    }
  }

  private final Duration allowed;
  private final long end;
  private boolean passed;

  private Deadline(Duration allowed, long end) {
    this.allowed = allowed;
    this.end = end;
  }

  /** A deadline that begins to run at once. */
  static Deadline start(Duration allowed) {
    long nanos;
    try {
      nanos = allowed.toNanos();
    } catch (ArithmeticException e) {
      nanos = Long.MAX_VALUE;
    }
    // Differences of nanoTime must stay below 2^63.
    return new Deadline(allowed, System.nanoTime() + Math.min(nanos, Long.MAX_VALUE / 2));
  }

  /**
   * Ends the decoding if its time is over.
   *
   * @throws Passed if it is
   */
  void check() {
    if (passed || System.nanoTime() - end >= 0) {
      passed = true;
      throw new Passed();
    }
  }

  /** Whether a check has failed. A decoder may have turned the exception into one of its own. */
  boolean hasPassed() {
    return passed;
  }

  ImageFormatException exception(String name, ImageFormat format) {
    return new ImageFormatException(
        String.format(
            Locale.ROOT,
            "%s: expected a %s picture that is decoded within %s s, found one that takes longer;"
                + " scale it down or save it again, or allow more time (--decode-timeout)",
            name,
            format,
            seconds()));
  }

  private String seconds() {
    return allowed.toMillisPart() == 0 && allowed.toNanosPart() % 1_000_000 == 0
        ? Long.toString(allowed.toSeconds())
        : String.format(Locale.ROOT, "%.3f", allowed.toNanos() / 1e9);
  }
}

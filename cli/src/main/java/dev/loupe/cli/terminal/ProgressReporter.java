package dev.loupe.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Shows on standard error how far a long task is. On a terminal a bar appears after one second.
 * Elsewhere a task of many parts prints a line for each part after ten seconds. Quick tasks show
 * nothing.
 */
public final class ProgressReporter {

  private static final Duration BAR_DELAY = Duration.ofSeconds(1);

  /** A log file needs no lines about quick tasks. */
  private static final Duration NOTE_DELAY = Duration.ofSeconds(10);

  private final PrintStream err;
  private final BooleanSupplier visible;
  private final Duration barDelay;
  private final Optional<Duration> noteDelay;

  private ProgressReporter(
      PrintStream err, BooleanSupplier visible, Duration barDelay, Optional<Duration> noteDelay) {
    this.err = err;
    this.visible = visible;
    this.barDelay = barDelay;
    this.noteDelay = noteDelay;
  }

  /**
   * @param err standard error
   * @param quiet whether to show nothing ({@code --quiet})
   */
  public static ProgressReporter on(PrintStream err, boolean quiet) {
    return quiet
        ? new ProgressReporter(err, () -> false, BAR_DELAY, Optional.empty())
        : new ProgressReporter(err, Terminal::onStandardError, BAR_DELAY, Optional.of(NOTE_DELAY));
  }

  /** For tests: visible or not, and how long before a task shows or notes anything. */
  public static ProgressReporter on(PrintStream err, BooleanSupplier visible, Duration barDelay) {
    return new ProgressReporter(err, visible, barDelay, Optional.of(barDelay));
  }

  /**
   * Starts a task of {@code total} steps, to be closed when it is done.
   *
   * @param name what is being done, such as {@code Packing}
   * @param total how many steps; negative if unknown
   */
  public ProgressTask start(String name, long total) {
    return start(name, total, "", 1);
  }

  /**
   * The same, in units of {@code unitSize} steps.
   *
   * @param unit the unit's name, such as {@code " MB"}
   * @param unitSize how many steps a unit has, such as 1,048,576
   */
  public ProgressTask start(String name, long total, String unit, long unitSize) {
    ProgressTask.Label label = new ProgressTask.Label(name, total, unit, unitSize);
    return new ProgressTask(err, visible, barDelay, noteDelay, label);
  }
}

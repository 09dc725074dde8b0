package dev.loupe.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Tells a person who waits how far a long task is: on standard error, once a task takes longer than
 * a second, as a bar on a terminal. Elsewhere a task of many parts notes each in a line, once it
 * takes longer than ten seconds. Quick tasks show nothing.
 */
public final class ProgressReporter {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** A reader of a log file waits longer. */
  private static final Duration PATIENCE_WITH_NOTES = Duration.ofSeconds(10);

  private final PrintStream err;
  private final BooleanSupplier visible;
  private final Duration patience;
  private final Optional<Duration> patienceWithNotes;

  private ProgressReporter(
      PrintStream err,
      BooleanSupplier visible,
      Duration patience,
      Optional<Duration> patienceWithNotes) {
    this.err = err;
    this.visible = visible;
    this.patience = patience;
    this.patienceWithNotes = patienceWithNotes;
  }

  /**
   * @param err standard error
   * @param quiet whether nothing must be shown ({@code --quiet})
   */
  public static ProgressReporter on(PrintStream err, boolean quiet) {
    return quiet
        ? new ProgressReporter(err, () -> false, PATIENCE, Optional.empty())
        : new ProgressReporter(
            err, Terminal::onStandardError, PATIENCE, Optional.of(PATIENCE_WITH_NOTES));
  }

  /** For tests: visible or not, and how long before a task shows or notes anything. */
  public static ProgressReporter on(PrintStream err, BooleanSupplier visible, Duration patience) {
    return new ProgressReporter(err, visible, patience, Optional.of(patience));
  }

  /**
   * Starts a task of {@code total} steps, to be closed when it is done.
   *
   * @param name what is being done, such as {@code Packing}
   * @param total how many steps; negative where nobody knows
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
    ProgressTask.Look look = new ProgressTask.Look(name, total, unit, unitSize);
    return new ProgressTask(err, visible, patience, patienceWithNotes, look);
  }
}

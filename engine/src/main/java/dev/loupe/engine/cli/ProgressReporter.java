package dev.loupe.engine.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Tells a person who waits how far a long task is: on standard error, once a task takes longer than
 * a second, and only on a terminal. Quick tasks and log files see nothing of it.
 */
final class ProgressReporter {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final PrintStream err;
  private final BooleanSupplier visible;
  private final Duration patience;

  private ProgressReporter(PrintStream err, BooleanSupplier visible, Duration patience) {
    this.err = err;
    this.visible = visible;
    this.patience = patience;
  }

  /**
   * @param err standard error
   * @param quiet whether nothing must be shown ({@code --quiet})
   */
  static ProgressReporter on(PrintStream err, boolean quiet) {
    return quiet
        ? new ProgressReporter(err, () -> false, PATIENCE)
        : new ProgressReporter(err, Terminal::onStandardError, PATIENCE);
  }

  /** For tests: visible or not, and how long before a task shows. */
  static ProgressReporter on(PrintStream err, BooleanSupplier visible, Duration patience) {
    return new ProgressReporter(err, visible, patience);
  }

  /**
   * Starts a task of {@code total} steps, to be closed when it is done.
   *
   * @param name what is being done, such as {@code Packing}
   * @param total how many steps; negative where nobody knows
   */
  ProgressTask start(String name, long total) {
    return start(name, total, "", 1);
  }

  /**
   * The same, in units of {@code unitSize} steps.
   *
   * @param unit the unit's name, such as {@code " MB"}
   * @param unitSize how many steps a unit has, such as 1,048,576
   */
  ProgressTask start(String name, long total, String unit, long unitSize) {
    return new ProgressTask(err, visible, patience, name, total, unit, unitSize);
  }
}

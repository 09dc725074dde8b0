package dev.loupe.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One task with a progress bar that appears only if it takes long, and leaves the line clean. Safe
 * for several threads.
 */
public final class ProgressTask implements AutoCloseable {

  private static final int UPDATE_MILLISECONDS = 200;

  private final PrintStream err;
  private final ProgressBarBuilder builder;
  private final Thread delayedBar;
  private final long start = System.nanoTime();
  private final Optional<Duration> noteDelay;
  private long done;
  private ProgressBar bar;
  private String message = "";
  private boolean closed;

  /** The text of the bar beside its steps. */
  record Label(String name, long total, String unit, long unitSize) {}

  /**
   * A task that begins now.
   *
   * @param visible whether there may be a bar, asked after {@code barDelay}
   * @param barDelay how long before the bar appears
   * @param noteDelay how long before notes are printed if there is no bar; empty for never
   */
  ProgressTask(
      PrintStream err,
      BooleanSupplier visible,
      Duration barDelay,
      Optional<Duration> noteDelay,
      Label label) {
    this.err = err;
    this.noteDelay = noteDelay;
    this.builder =
        new ProgressBarBuilder()
            .setTaskName(label.name)
            .setInitialMax(label.total)
            .setUnit(label.unit, label.unitSize)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLISECONDS)
            .continuousUpdate() // The time and the message change between two steps.
            .clearDisplayOnFinish();
    this.delayedBar =
        Thread.ofPlatform()
            .daemon()
            .name("progress")
            .start(() -> {
              try {
                Thread.sleep(barDelay);
                if (visible.getAsBoolean()) {
                  show();
                }
              } catch (InterruptedException e) {
                return; // The task ended before the bar appeared.
              }
            });
  }

  /** Goes {@code steps} further. */
  public synchronized void step(long steps) {
    stepTo(done + steps);
  }

  /** Goes to step {@code done}. */
  public synchronized void stepTo(long done) {
    this.done = done;
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  /** Sets the text after the bar, which is cut at the end of the line. */
  public synchronized void message(String message) {
    this.message = message;
    if (bar != null) {
      bar.setExtraMessage(message);
    }
  }

  /** Prints what begins now, if there is no bar and the task is a long one. */
  public synchronized void note(String line) {
    boolean late = noteDelay.isPresent() && System.nanoTime() - start >= noteDelay.get().toNanos();
    if (late && bar == null) {
      err.println("loupe: " + line);
    }
  }

  /** Whether the bar is visible. */
  public synchronized boolean shown() {
    return bar != null;
  }

  /** Prints a line of its own, after it has cleared the line of the bar. */
  public synchronized void say(String line) {
    if (bar != null) {
      new StatusLine(err).clear();
    }
    err.println(line);
  }

  private synchronized void show() {
    if (!closed) {
      bar = builder.setConsumer(new StatusLine(err)).build();
      bar.stepTo(done);
      bar.setExtraMessage(message);
    }
  }

  /** Ends the task, and wipes the bar. */
  @Override
  public synchronized void close() {
    closed = true;
    delayedBar.interrupt();
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}

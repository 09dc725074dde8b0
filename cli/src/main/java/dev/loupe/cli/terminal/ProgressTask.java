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
  private final Thread patience;
  private final long start = System.nanoTime();
  private final Optional<Duration> patienceWithNotes;
  private long done;
  private ProgressBar bar;
  private String message = "";
  private boolean closed;

  /** What the bar says beside its steps. */
  record Look(String name, long total, String unit, long unitSize) {}

  /**
   * A task that begins now.
   *
   * @param visible whether there may be a bar, asked when patience ends
   * @param patienceWithNotes how long before notes are printed where there is no bar; empty: never
   */
  ProgressTask(
      PrintStream err,
      BooleanSupplier visible,
      Duration patience,
      Optional<Duration> patienceWithNotes,
      Look look) {
    this.err = err;
    this.patienceWithNotes = patienceWithNotes;
    this.builder =
        new ProgressBarBuilder()
            .setTaskName(look.name)
            .setInitialMax(look.total)
            .setUnit(look.unit, look.unitSize)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLISECONDS)
            .continuousUpdate() // Time goes on between two steps, and so may the message.
            .clearDisplayOnFinish();
    this.patience =
        Thread.ofPlatform()
            .daemon()
            .name("progress")
            .start(() -> {
              try {
                Thread.sleep(patience);
                if (visible.getAsBoolean()) {
                  show();
                }
              } catch (InterruptedException e) {
                return; // Done before anybody lost patience.
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

  /** What stands behind the bar, cut where the line ends. */
  public synchronized void message(String message) {
    this.message = message;
    if (bar != null) {
      bar.setExtraMessage(message);
    }
  }

  /** Prints what begins now, where there is no bar to show it and the task is a long one. */
  public synchronized void note(String line) {
    boolean late =
        patienceWithNotes.isPresent()
            && System.nanoTime() - start >= patienceWithNotes.get().toNanos();
    if (late && bar == null) {
      err.println("loupe: " + line);
    }
  }

  /** Whether the bar is to be seen. */
  public synchronized boolean shown() {
    return bar != null;
  }

  /** Prints a line of its own, not behind what the bar has left in its line. */
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
    patience.interrupt();
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}

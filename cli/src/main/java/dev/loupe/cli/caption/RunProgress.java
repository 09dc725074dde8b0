package dev.loupe.cli.caption;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.folder.FailedPicture;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.Plan;
import dev.loupe.cli.folder.RunListener;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.Caption;
import dev.loupe.io.Printable;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Shows how a run proceeds: a bar on a terminal, elsewhere a line every minute. Prints each failure
 * when it happens, and at the end all counts and all failures. Safe for several threads.
 */
final class RunProgress implements RunListener, AutoCloseable {

  private static final double NANOS = 1e9;

  private final PrintStream err;
  private final boolean quiet;
  private final Plan plan;
  private final ProgressTask task;
  private final Thread lines;
  private final long start = System.nanoTime();
  private final List<FailedPicture> failed;
  private int captioned;
  private int failedInRun;
  private long tokens;
  private int cut;
  private String current = "";

  /**
   * @param interval between the lines if there is no terminal
   */
  RunProgress(
      PrintStream err, ProgressReporter reporter, boolean quiet, Plan plan, Duration interval) {
    this.err = err;
    this.quiet = quiet;
    this.plan = plan;
    this.failed = new ArrayList<>(plan.failures());
    this.task = reporter.start("", plan.todo().size());
    this.lines =
        Thread.ofPlatform().daemon().name("progress-lines").start(() -> printLines(interval));
  }

  private void printLines(Duration interval) {
    try {
      while (true) {
        Thread.sleep(interval);
        if (!quiet && !task.shown()) {
          task.say("loupe: " + line());
        }
      }
    } catch (InterruptedException e) {
      return; // The run is over.
    }
  }

  @Override
  public synchronized void read(PictureFile picture) {
    current = FileNames.shown(picture.path());
    show();
  }

  @Override
  public synchronized void token() {
    tokens++;
  }

  @Override
  public synchronized void captioned(PictureFile picture, Caption caption) {
    captioned++;
    show();
  }

  @Override
  public void failed(FailedPicture failure) {
    task.say("loupe: " + reason(failure));
    synchronized (this) {
      failed.add(failure);
      failedInRun++;
      show();
    }
  }

  /** A caption ended at the limit of {@code --max-new-tokens}. */
  synchronized void cut() {
    cut++;
  }

  /** One line that begins with the picture. */
  static String reason(FailedPicture failure) {
    String text = Printable.escape(ErrorReporter.text(failure.reason()));
    return text.startsWith(failure.label() + ":") ? text : failure.label() + ": " + text;
  }

  private void show() {
    task.stepTo(captioned + failedInRun);
    task.message(brief());
  }

  private double seconds() {
    return (System.nanoTime() - start) / NANOS;
  }

  /** The text after the bar. It has room for about 40 characters, so counts of 0 are left out. */
  private String brief() {
    int skipped = plan.skipped() + plan.done();
    return String.format(
        Locale.ROOT,
        "%.1f/s %.0f tok/s%s%s %s",
        captioned / seconds(),
        tokens / seconds(),
        failed.isEmpty() ? "" : " " + failed.size() + " failed",
        skipped == 0 ? "" : " " + skipped + " skipped",
        current.substring(current.lastIndexOf('/') + 1));
  }

  private String counts() {
    return "%d skipped, %d failed".formatted(plan.skipped() + plan.done(), failed.size());
  }

  private synchronized String line() {
    int ended = captioned + failedInRun;
    int total = plan.todo().size();
    String left = ended == 0 ? "unknown" : duration((long) (seconds() / ended * (total - ended)));
    return String.format(
        Locale.ROOT,
        "%d of %d, %.2f pictures/s, %.1f tokens/s, time left %s, %s, at %s",
        ended,
        total,
        captioned / seconds(),
        tokens / seconds(),
        left,
        counts(),
        current);
  }

  private static String duration(long seconds) {
    return seconds < 60
        ? seconds + " s"
        : seconds < 3600
            ? "%d min %d s".formatted(seconds / 60, seconds % 60)
            : "%d h %d min".formatted(seconds / 3600, seconds / 60 % 60);
  }

  /** Prints all counts and all failures. */
  synchronized void summary() {
    if (!quiet) {
      err.println(
          String.format(
              Locale.ROOT,
              "loupe: %d captioned, %s in %s: %.2f pictures/s, %.1f tokens/s",
              captioned,
              counts(),
              duration(Math.round(seconds())),
              captioned / seconds(),
              tokens / seconds()));
    }
    if (!quiet && cut > 0) {
      err.println(
          "loupe: %d captions were cut; --max-new-tokens allows longer ones".formatted(cut));
    }
    if (!failed.isEmpty()) {
      err.println("loupe: %d of %d failed:".formatted(failed.size(), all()));
      failed.forEach(failure -> err.println("  " + reason(failure)));
    }
  }

  private int all() {
    return plan.todo().size() + plan.skipped() + plan.done() + plan.failures().size();
  }

  synchronized int captioned() {
    return captioned;
  }

  /** Prints a line of its own above the bar. */
  void say(String line) {
    task.say(line);
  }

  synchronized int exitCode() {
    return exitCode(captioned);
  }

  /** The exit code if this many were captioned. */
  synchronized int exitCode(int good) {
    if (failed.isEmpty()) {
      return ExitCodes.OK;
    }
    return good + plan.skipped() + plan.done() > 0 ? ExitCodes.SOME_FAILED : ExitCodes.FAILED;
  }

  /** Removes the bar. */
  @Override
  public void close() {
    lines.interrupt();
    task.close();
  }
}

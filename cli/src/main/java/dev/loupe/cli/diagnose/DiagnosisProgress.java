package dev.loupe.cli.diagnose;

import dev.loupe.cli.terminal.ExpectedTime;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.diagnose.DiagnosisListener;
import java.time.Duration;
import java.util.Optional;

/** Shows how long a diagnosis takes, how many of its runs are done, and what is computed now. */
final class DiagnosisProgress implements DiagnosisListener, AutoCloseable {

  private final ProgressReporter reporter;
  private final boolean quiet;
  private Optional<ProgressTask> task = Optional.empty();
  private String part = "";

  /**
   * Progress of a diagnosis that begins now.
   *
   * @param quiet whether to say nothing about the time that it takes
   */
  DiagnosisProgress(ProgressReporter reporter, boolean quiet) {
    this.reporter = reporter;
    this.quiet = quiet;
  }

  @Override
  public void begins(int done, int total, String next) {
    if (task.isEmpty()) {
      task = Optional.of(reporter.start("Diagnosing", total, " runs", 1));
    }
    part = next;
    task.get().stepTo(done);
    task.get().message(next);
    task.get().note("diagnosing, %d of %d runs done: %s".formatted(done, total, next));
  }

  @Override
  public boolean wantsEstimate() {
    return !quiet;
  }

  @Override
  public void expects(Duration time) {
    ExpectedTime.of(time)
        .ifPresent(words ->
            task.ifPresent(
                t -> t.say("loupe: the runs in a GPU's arithmetic take up to about " + words)));
  }

  @Override
  public void reached(String unit, int done, int total) {
    String of = total > 0 ? " of " + total : "";
    task.ifPresent(t -> t.message("%s, %s %d%s".formatted(part, unit, done, of)));
  }

  @Override
  public void close() {
    task.ifPresent(ProgressTask::close);
  }
}

package dev.loupe.cli.diagnose;

import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.engine.diagnose.DiagnosisListener;
import java.util.Optional;

/** Shows how many runs of a diagnosis are done, and what is computed now. */
final class DiagnosisProgress implements DiagnosisListener, AutoCloseable {

  private final ProgressReporter reporter;
  private Optional<ProgressTask> task = Optional.empty();
  private String part = "";

  DiagnosisProgress(ProgressReporter reporter) {
    this.reporter = reporter;
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
  public void reached(String unit, int done, int total) {
    String of = total > 0 ? " of " + total : "";
    task.ifPresent(t -> t.message("%s, %s %d%s".formatted(part, unit, done, of)));
  }

  @Override
  public void close() {
    task.ifPresent(ProgressTask::close);
  }
}

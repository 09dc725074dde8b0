package dev.loupe.cli.bench;

import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import java.util.Optional;

/** Shows how many runs of a benchmark are done. */
final class BenchProgress implements BenchListener, AutoCloseable {
  private final ProgressReporter reporter;
  private Optional<ProgressTask> task = Optional.empty();

  BenchProgress(ProgressReporter reporter) {
    this.reporter = reporter;
  }

  @Override
  public void measuring(String name, int done, int total) {
    if (task.isEmpty()) {
      task = Optional.of(reporter.start("Measuring", total, " runs", 1));
    }
    task.get().stepTo(done);
  }

  @Override
  public void close() {
    task.ifPresent(ProgressTask::close);
  }
}

package dev.loupe.engine.cli;

import dev.loupe.engine.LoadListener;
import java.util.Optional;

/** Shows how far the loading of a model has come, from the first weight on. */
final class LoadingProgress implements LoadListener, AutoCloseable {

  private static final long MEGABYTE = 1_000_000;

  private final ProgressReporter reporter;
  private final String name;
  private Optional<ProgressTask> task = Optional.empty();

  LoadingProgress(ProgressReporter reporter, String name) {
    this.reporter = reporter;
    this.name = name;
  }

  @Override
  public void packed(long done, long total) {
    if (task.isEmpty()) {
      task = Optional.of(reporter.start("Loading " + name, total, " MB", MEGABYTE));
    }
    task.get().stepTo(done);
  }

  @Override
  public void close() {
    task.ifPresent(ProgressTask::close);
  }
}

package dev.loupe.engine.cli;

import dev.loupe.engine.LoadListener;
import java.io.PrintStream;
import java.util.Optional;

/** Shows how far the loading of a model has come, from the first weight on. */
final class LoadingProgress implements LoadListener, AutoCloseable {

  private static final long MEGABYTE = 1_000_000;

  private final ProgressReporter reporter;
  private final String name;
  private final PrintStream err;
  private final boolean quiet;
  private String current = "";
  private Optional<ProgressTask> task = Optional.empty();

  /**
   * @param name what people call the model
   * @param err for warnings
   * @param quiet whether not to print them
   */
  LoadingProgress(ProgressReporter reporter, String name, PrintStream err, boolean quiet) {
    this.reporter = reporter;
    this.name = name;
    this.err = err;
    this.quiet = quiet;
  }

  @Override
  public void packed(long done, long total) {
    show("Loading " + name, done, total);
  }

  @Override
  public void hashed(String file, long done, long total) {
    show("Hashing " + file, done, total);
  }

  private void show(String what, long done, long total) {
    if (!what.equals(current)) {
      end();
      current = what;
      task = Optional.of(reporter.start(what, total, " MB", MEGABYTE));
    }
    task.get().stepTo(done);
  }

  @Override
  public void warning(String message) {
    end();
    if (!quiet) {
      err.println("loupe: " + message);
    }
  }

  /** Loading is over; nothing is shown any more. */
  void end() {
    task.ifPresent(ProgressTask::close);
    task = Optional.empty();
    current = "";
  }

  @Override
  public void close() {
    end();
  }
}

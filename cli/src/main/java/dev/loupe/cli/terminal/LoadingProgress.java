package dev.loupe.cli.terminal;

import dev.loupe.engine.LoadListener;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Shows how much of a model is loaded, and what a first start writes to the disk. Safe for several
 * threads: a warning may come from the thread that writes.
 */
public final class LoadingProgress implements LoadListener, AutoCloseable {

  private static final long MEGABYTE = 1_000_000;

  private final ProgressReporter reporter;
  private final String name;
  private final PrintStream err;
  private final boolean quiet;
  private String current = "";
  private Optional<ProgressTask> task = Optional.empty();

  /**
   * @param name name of the model
   * @param err for warnings
   * @param quiet whether not to print them
   */
  public LoadingProgress(ProgressReporter reporter, String name, PrintStream err, boolean quiet) {
    this.reporter = reporter;
    this.name = name;
    this.err = err;
    this.quiet = quiet;
  }

  @Override
  public synchronized void packed(long done, long total) {
    show("Loading " + name, done, total);
  }

  @Override
  public synchronized void hashed(String file, long done, long total) {
    // The whole name of a shard would leave no room in the line for the remaining time.
    String part = file.replaceFirst("^model-", "").replaceFirst("\\.safetensors$", "");
    show("Hashing " + part, done, total);
  }

  @Override
  public synchronized void building(Path file, long bytes) {
    end();
    if (!quiet) {
      String size = gigabytes(bytes);
      err.println(
          ("loupe: %s: lays out %s of weights and keeps them for later starts in %s "
                  + "(%s of disk; --no-cache does without)")
              .formatted(name, size, file, size));
    }
  }

  @Override
  public synchronized void written(long done, long total) {
    if (done < total) {
      show("Keeping " + name, done, total);
    } else {
      end();
    }
  }

  /** Bytes as text, such as {@code 4.4 GB}, the same in every locale. */
  public static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes * 1e-9);
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
  public synchronized void warning(String message) {
    end();
    if (!quiet) {
      err.println("loupe: " + message);
    }
  }

  /** Removes the bar, until the next event. */
  public synchronized void end() {
    task.ifPresent(ProgressTask::close);
    task = Optional.empty();
    current = "";
  }

  @Override
  public void close() {
    end();
  }
}

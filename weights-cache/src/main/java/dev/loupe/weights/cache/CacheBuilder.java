package dev.loupe.weights.cache;

import dev.loupe.tensor.PackedTensor;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Writes the file of a cache on a thread of its own, so that the first answer need not wait for the
 * disk, which takes several times as long as packing. The packed tensors themselves are the queue,
 * so this takes no memory, but they must stay where they are until {@link #close}.
 */
final class CacheBuilder implements AutoCloseable {

  /** How often the listener gets the progress while a caller waits. */
  private static final Duration NEWS = Duration.ofMillis(200);

  private final PackedFileWriter writer;
  private final long bytes;
  private final CacheListener listener;
  private final BlockingQueue<Optional<Step>> steps = new LinkedBlockingQueue<>();
  private final Thread thread;
  private boolean complete;
  private volatile boolean abandoned;

  private interface Step {
    void write(PackedFileWriter writer) throws IOException;
  }

  /**
   * Starts the thread, which closes the writer in the end.
   *
   * @param bytes about how many there will be
   * @param listener gets the progress while a caller waits
   * @param guard handles failures in the thread
   */
  CacheBuilder(PackedFileWriter writer, long bytes, CacheListener listener, CacheGuard guard) {
    this.writer = writer;
    this.bytes = bytes;
    this.listener = listener;
    this.thread =
        Thread.ofPlatform().daemon().name("loupe-cache").start(() -> guard.attempt(this::build));
  }

  private boolean build() throws IOException {
    try (writer) {
      for (var step = steps.take(); step.isPresent(); step = steps.take()) {
        step.get().write(writer);
      }
      return true;
    } catch (InterruptedException e) {
      return false; // Abandoned.
    } catch (IOException | RuntimeException e) {
      if (abandoned) {
        return false; // The interrupt has closed the file, or the packed weights are gone.
      }
      throw e;
    }
  }

  void add(String name, PackedTensor packed) {
    steps.add(Optional.of(w -> w.add(name, packed)));
  }

  /** Finishes the file, to which all tensors were added. */
  void complete() {
    complete = true;
    steps.add(Optional.of(PackedFileWriter::commit));
    steps.add(Optional.empty());
  }

  private void abandon() {
    abandoned = true;
    thread.interrupt();
  }

  /**
   * Waits until a complete file is on the disk, or has failed; removes an incomplete one, and one
   * for which an interrupted thread would have to wait.
   */
  @Override
  public void close() {
    if (!complete) {
      abandon();
    }
    boolean interrupted = false;
    for (boolean ended = false; !ended; ) {
      try {
        ended = thread.join(NEWS);
        listener.written(ended ? bytes : Math.min(writer.written(), bytes - 1), bytes);
      } catch (InterruptedException e) {
        interrupted = true;
        abandon();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

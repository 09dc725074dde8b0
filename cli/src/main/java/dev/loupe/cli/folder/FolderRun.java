package dev.loupe.cli.folder;

import dev.loupe.cli.terminal.FailedOutputException;
import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.Caption;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Captions many pictures. One thread reads and resizes ahead, the caller's thread computes, a third
 * one writes. Between two of them at most {@link #AHEAD} pictures more than a batch wait. A run
 * that is killed loses only the pictures in flight.
 */
public final class FolderRun {

  private static final int AHEAD = 2;

  private final List<PictureFile> todo;
  private final CaptionStore store;
  private final PictureReader pictures;
  private final CaptionTemplate prompt;
  private final CaptionComposer composer;
  private final CaptionWatching watching;
  private final boolean failFast;
  private final RunListener listener;
  private final AtomicReference<IOException> broken = new AtomicReference<>();
  private volatile boolean stopped;
  private BoundedQueue<PictureTask> read;
  private BoundedQueue<Written> written;

  /** A caption that waits to be written. */
  private record Written(PictureTask task, Caption caption) {}

  /**
   * @param todo the pictures, each once
   * @param store where captions go
   * @param pictures reads a picture
   * @param prompt the question
   * @param composer makes the text to write from a caption
   * @param watching what looks at the numbers of captions
   * @param failFast whether the first picture that fails stops the run
   * @param listener receives the events of the run
   */
  public FolderRun(
      List<PictureFile> todo,
      CaptionStore store,
      PictureReader pictures,
      CaptionTemplate prompt,
      CaptionComposer composer,
      CaptionWatching watching,
      boolean failFast,
      RunListener listener) {
    this.todo = todo;
    this.store = store;
    this.pictures = pictures;
    this.prompt = prompt;
    this.composer = composer;
    this.watching = watching;
    this.failFast = failFast;
    this.listener = listener;
  }

  /**
   * Takes no more pictures. Pictures in flight are finished and written. May be called from any
   * thread.
   */
  public void stop() {
    stopped = true;
  }

  /** Whether the run was stopped before its end. */
  public boolean stopped() {
    return stopped;
  }

  /**
   * Captions the pictures.
   *
   * @param images how pictures are resized, with the limits of {@code options}
   * @param batch how many pictures go through the model in one batch; changes no caption
   * @throws IOException if a caption cannot be written, or reading or writing ends early; the
   *     captions before stay whole
   */
  public void run(Qwen2Vl model, GenerationOptions options, ImageProcessor images, int batch)
      throws IOException {
    read = new BoundedQueue<>(batch + AHEAD, () -> stopped);
    written = new BoundedQueue<>(batch + AHEAD, () -> broken.get() != null);
    Thread reader = start("read", () -> readAll(images));
    Thread writer = start("write", this::writeAll);
    boolean complete = false;
    try {
      model.generateAll(batch, requests(options), answers());
      complete = !Thread.currentThread().isInterrupted();
    } finally {
      // The reader waits for room in its queue, and nobody takes from it any more.
      stopped |= !complete;
      finish(reader, writer);
    }
    if (broken.get() != null) {
      if (broken.get().getCause() instanceof FailedOutputException output) {
        throw output; // It says itself whether the reader has gone, which is no error.
      }
      throw broken.get();
    }
  }

  /** A thread whose unexpected end ends the run, so that no other thread waits for it. */
  private Thread start(String name, Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            work.run();
          } catch (Throwable e) {
            end(new IOException("the thread \"" + name + "\" ended: " + e, e));
          }
        });
  }

  private void end(IOException reason) {
    broken.compareAndSet(null, reason);
    stop();
  }

  /** Waits for the writer in every case, because its captions took minutes. */
  private void finish(Thread reader, Thread writer) {
    boolean interrupted = Thread.interrupted();
    written.end();
    while (reader.isAlive() || writer.isAlive()) {
      try {
        writer.join();
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll(ImageProcessor images) {
    for (PictureFile picture : todo) {
      if (stopped) {
        return;
      }
      Optional<PictureTask> task = readOne(picture, images);
      if (task.isPresent() && read.put(task.get())) {
        listener.read(picture);
      }
    }
    read.end();
  }

  private Optional<PictureTask> readOne(PictureFile picture, ImageProcessor images) {
    try {
      RgbImage whole = pictures.read(picture.path());
      String existing =
          prompt.usesExisting() || composer.usesExisting() ? store.existingCaption(picture) : "";
      String question = prompt.fill(picture, existing);
      return Optional.of(
          new PictureTask(
              picture,
              images.resize(whole),
              whole.width(),
              whole.height(),
              question,
              watching.begin(
                  picture.path().toString(), Prompt.create().image(whole).text(question)),
              existing));
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      fail(picture, e);
      return Optional.empty();
    }
  }

  private Iterator<BatchRequest<PictureTask>> requests(GenerationOptions options) {
    return new Iterator<>() {
      private Optional<PictureTask> next = Optional.empty();

      @Override
      public boolean hasNext() {
        if (next.isEmpty()) {
          next = read.take();
        }
        return next.isPresent() && !stopped;
      }

      @Override
      public BatchRequest<PictureTask> next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no picture is left");
        }
        PictureTask task = next.get();
        next = Optional.empty();
        TokenListener progress =
            (id, text) -> {
              listener.token();
              return true;
            };
        return new BatchRequest<>(
            task,
            () -> Prompt.create().image(task.image()).text(task.prompt()),
            options,
            progress.watchedBy(task.watch().watch()));
      }
    };
  }

  private BatchListener<PictureTask> answers() {
    return new BatchListener<>() {
      @Override
      public void completed(PictureTask task, Generation answer) {
        // An incomplete caption is not written; the next run captions the picture again.
        if (answer.finishReason() != FinishReason.CANCELLED) {
          written.put(new Written(task, captionOf(task, answer)));
        }
      }

      @Override
      public void failed(PictureTask task, Exception reason) {
        fail(task.picture(), reason);
      }
    };
  }

  /** A caption with the size of the original picture; the model saw a smaller one. */
  private static Caption captionOf(PictureTask task, Generation answer) {
    Caption seen = Caption.of(answer);
    return task.watch()
        .completed(
            new Caption(
                task.width(),
                task.height(),
                seen.resizedWidth(),
                seen.resizedHeight(),
                seen.imageTokens(),
                answer));
  }

  private void fail(PictureFile picture, Throwable reason) {
    listener.failed(new FailedPicture(FileNames.shown(picture.path()), reason));
    if (failFast) {
      stop();
    }
  }

  private void writeAll() {
    Optional<Written> next = written.take();
    while (next.isPresent()) {
      write(next.get());
      next = written.take();
    }
  }

  private void write(Written done) {
    PictureTask task = done.task();
    try {
      store.write(
          task.picture(),
          task.prompt(),
          done.caption(),
          composer.compose(task.picture(), done.caption().text(), task.existingCaption()));
      listener.captioned(task.picture(), done.caption());
    } catch (IOException e) {
      end(e);
    } catch (RuntimeException e) {
      end(new IOException(FileNames.shown(task.picture().path()) + ": " + e, e));
    }
  }
}

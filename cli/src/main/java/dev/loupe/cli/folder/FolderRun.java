package dev.loupe.cli.folder;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.Caption;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Captions many pictures. One thread reads and resizes ahead, the caller's computes, a third
 * writes; between them at most {@link #AHEAD} more pictures than the batch holds wait, whatever the
 * number of pictures. A run that is killed loses what is in flight, and nothing else.
 */
public final class FolderRun {

  private static final int AHEAD = 2;

  private final List<PictureFile> todo;
  private final CaptionStore store;
  private final CaptionTemplate prompt;
  private final Wording wording;
  private final boolean failFast;
  private final RunListener listener;
  private final AtomicReference<IOException> broken = new AtomicReference<>();
  private volatile boolean stopped;
  private Hand<PictureTask> read;
  private Hand<Written> written;

  /** A caption that waits to be written. */
  private record Written(PictureTask task, Caption caption) {}

  /**
   * @param todo the pictures, each once
   * @param store where captions go
   * @param prompt the question
   * @param wording what is written around a caption
   * @param failFast whether the first picture that fails stops the run
   * @param listener told how it goes
   */
  public FolderRun(
      List<PictureFile> todo,
      CaptionStore store,
      CaptionTemplate prompt,
      Wording wording,
      boolean failFast,
      RunListener listener) {
    this.todo = todo;
    this.store = store;
    this.prompt = prompt;
    this.wording = wording;
    this.failFast = failFast;
    this.listener = listener;
  }

  /** Takes no more pictures; what is in flight is finished and written. From any thread. */
  public void stop() {
    stopped = true;
  }

  /** Whether it was stopped before its end. */
  public boolean stopped() {
    return stopped;
  }

  /**
   * Captions the pictures.
   *
   * @param images how pictures are resized, with the limits of {@code options}
   * @param batch how many go through the model side by side; changes no caption
   * @throws IOException if a caption cannot be written; nothing that was is harmed
   */
  public void run(Qwen2Vl model, GenerationOptions options, ImageProcessor images, int batch)
      throws IOException {
    read = new Hand<>(batch + AHEAD, () -> stopped);
    written = new Hand<>(batch + AHEAD, () -> broken.get() != null);
    Thread reader = start("read", () -> readAll(images));
    Thread writer = start("write", this::writeAll);
    try {
      model.generateAll(batch, requests(options), answers());
    } finally {
      stopped |= broken.get() != null || Thread.currentThread().isInterrupted();
      finish(reader, writer);
    }
    if (broken.get() != null) {
      throw broken.get();
    }
  }

  private static Thread start(String name, Runnable work) {
    return Thread.ofPlatform().daemon().name(name).start(work);
  }

  /** Waits for the writer whatever happens: it has captions that took minutes. */
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
      if (task.isPresent() && read.give(task.get())) {
        listener.read(picture);
      }
    }
    read.end();
  }

  private Optional<PictureTask> readOne(PictureFile picture, ImageProcessor images) {
    try {
      RgbImage whole =
          new ImageDecoder()
              .decode(Files.readAllBytes(picture.path()), FileNames.shown(picture.path()));
      String before = prompt.usesExisting() || wording.usesExisting() ? store.before(picture) : "";
      return Optional.of(
          new PictureTask(
              picture,
              images.resize(whole),
              whole.width(),
              whole.height(),
              prompt.fill(picture, before),
              before));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
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
        return new BatchRequest<>(
            task,
            () -> Prompt.create().image(task.image()).text(task.prompt()),
            options,
            (id, text) -> {
              listener.token();
              return true;
            });
      }
    };
  }

  private BatchListener<PictureTask> answers() {
    return new BatchListener<>() {
      @Override
      public void completed(PictureTask task, Generation answer) {
        // Half a caption is none; the next run makes it anew.
        if (answer.finishReason() != FinishReason.CANCELLED) {
          written.give(new Written(task, captionOf(task, answer)));
        }
      }

      @Override
      public void failed(PictureTask task, Exception reason) {
        fail(task.picture(), reason);
      }
    };
  }

  /** With the size of the picture itself; the model saw a smaller one. */
  private static Caption captionOf(PictureTask task, Generation answer) {
    Caption seen = Caption.of(answer);
    return new Caption(
        task.width(),
        task.height(),
        seen.resizedWidth(),
        seen.resizedHeight(),
        seen.imageTokens(),
        answer);
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
          wording.compose(task.picture(), done.caption().text(), task.before()));
      listener.captioned(task.picture(), done.caption());
    } catch (IOException e) {
      broken.set(e);
      stop();
    } catch (RuntimeException e) {
      broken.set(new IOException(FileNames.shown(task.picture().path()) + ": " + e, e));
      stop();
    }
  }
}

package dev.loupe.spark;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.vision.image.RgbImage;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The one model of an executor, at work for all of its tasks: one thread takes their pictures in
 * the order in which they come and computes several side by side. Which tasks these belong to
 * changes no answer.
 *
 * <p>Any thread may ask. How many pictures wait is limited by those who ask.
 */
final class SharedDecoder implements AutoCloseable {

  /**
   * An empty batch keeps its memory for this long, so that the next pictures of a task, or of the
   * next task, find it.
   */
  private static final long LINGER_MILLISECONDS = 200;

  private final Qwen2Vl model;
  private final int batch;
  private final BlockingQueue<Question> waiting = new LinkedBlockingQueue<>();
  private final Set<Question> running = new HashSet<>();
  private final Thread thread;
  private volatile boolean closed;

  /** A picture, what is asked about it, and who waits for the answer. */
  private record Question(
      RgbImage picture,
      String prompt,
      GenerationOptions options,
      AnswerWatch watch,
      CompletableFuture<Generation> answer) {

    /** Two that ask the same are not one. */
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /**
   * Starts to work.
   *
   * @param model becomes this object's
   * @param batch how many pictures are computed side by side
   */
  SharedDecoder(Qwen2Vl model, int batch) {
    this.model = model;
    this.batch = batch;
    this.thread = Thread.ofPlatform().daemon().name("loupe-decoder").start(this::work);
  }

  /** How many pictures are computed side by side. */
  int batch() {
    return batch;
  }

  /** The picture as small as the model will see it; see {@link Qwen2Vl#resized}. */
  RgbImage resized(RgbImage picture, GenerationOptions options) {
    return model.resized(picture, options);
  }

  /**
   * Asks about a picture. Cancelling the answer ends the work on it after the current token.
   *
   * @param watch looks at the numbers of the answer
   * @return the answer; or, as its exception, why this picture has none, unless it is a {@link
   *     DecoderFailedException}
   */
  CompletableFuture<Generation> ask(
      RgbImage picture, String prompt, GenerationOptions options, AnswerWatch watch) {
    Question question = new Question(picture, prompt, options, watch, new CompletableFuture<>());
    waiting.add(question);
    if (closed) {
      failAll(closedModel());
    }
    return question.answer;
  }

  /** The work has ended for a reason that has nothing to do with the picture. */
  static final class DecoderFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DecoderFailedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static DecoderFailedException closedModel() {
    return new DecoderFailedException("model: expected an open one, found it closed", null);
  }

  private void work() {
    while (!closed) {
      try {
        model.generateAll(batch, questions(), answers());
      } catch (Throwable e) {
        // The batch has ended. The next one may have enough memory.
        failRunning(new DecoderFailedException("model " + model.name() + ": " + e, e));
      }
    }
    failAll(closedModel());
  }

  private synchronized void failRunning(DecoderFailedException reason) {
    running.forEach(question -> question.answer.completeExceptionally(reason));
    running.clear();
  }

  private void failAll(DecoderFailedException reason) {
    failRunning(reason);
    for (Question next = waiting.poll(); next != null; next = waiting.poll()) {
      next.answer.completeExceptionally(reason);
    }
  }

  private synchronized void begin(Question question) {
    running.add(question);
  }

  private synchronized boolean isIdle() {
    return running.isEmpty();
  }

  private synchronized void end(Question question) {
    running.remove(question);
  }

  /** Waits only while nothing is computed; no next question is no end of the batch otherwise. */
  private Iterator<BatchRequest<Question>> questions() {
    return new Iterator<>() {
      private Optional<Question> next = Optional.empty();

      @Override
      public boolean hasNext() {
        if (next.isEmpty()) {
          next = take();
        }
        return next.isPresent();
      }

      @Override
      public BatchRequest<Question> next() {
        Question question = next.orElseThrow(() -> new NoSuchElementException("no picture waits"));
        next = Optional.empty();
        begin(question);
        TokenListener goOn = (id, text) -> !question.answer.isDone();
        return new BatchRequest<>(
            question,
            () -> Prompt.create().image(question.picture).text(question.prompt),
            question.options,
            goOn.watchedBy(question.watch));
      }
    };
  }

  private Optional<Question> take() {
    Question next = waiting.poll();
    while (next != null && next.answer.isDone()) {
      next = waiting.poll(); // Nobody waits for it any more.
    }
    if (next == null && !closed && isIdle()) {
      try {
        next = waiting.poll(LINGER_MILLISECONDS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return Optional.ofNullable(next);
  }

  private BatchListener<Question> answers() {
    return new BatchListener<>() {
      @Override
      public void completed(Question question, Generation answer) {
        end(question);
        if (answer.finishReason() == FinishReason.CANCELLED) {
          question.answer.completeExceptionally(
              closed ? closedModel() : new CancellationException("the task was cancelled"));
        } else {
          question.answer.complete(answer);
        }
      }

      @Override
      public void failed(Question question, Exception reason) {
        end(question);
        question.answer.completeExceptionally(reason);
      }
    };
  }

  /** Ends the running answers after the current token, and frees the model. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    model.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

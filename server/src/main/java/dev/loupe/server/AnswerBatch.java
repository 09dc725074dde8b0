package dev.loupe.server;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Requests that a model answers side by side: the first, and those that are ready when a place is
 * free. What happens to one does not touch the others.
 *
 * <p>It goes on for a while without requests, because a batch keeps the embeddings of pictures and
 * the keys and values of prompts, and the next turn of a conversation begins with them. A caller
 * outside the server ends it, so that it gets its turn. One use, on the thread of the model.
 */
final class AnswerBatch implements Iterator<BatchRequest<Answer>>, BatchListener<Answer> {

  private static final Logger LOG = System.getLogger(AnswerBatch.class.getName());

  /** How long an empty batch keeps its memory. */
  static final Duration LINGER = Duration.ofSeconds(30);

  private final ServedModel model;
  private final Queue ready;
  private final Consumer<Answer> end;
  private final Set<Answer> running = new LinkedHashSet<>();
  private Optional<Ready> next;
  private boolean begun;

  /** A request with its pictures. */
  record Ready(Answer answer, Prompt prompt, GenerationOptions options) {}

  /** The requests that wait. */
  interface Queue {

    /** Takes the next one, if one waits. */
    Optional<Ready> poll();

    /** Waits a moment for the next one. */
    Optional<Ready> await();

    /** Whether no more will come. */
    boolean isClosed();
  }

  /**
   * A batch that has not begun.
   *
   * @param ready those that may join
   * @param end gets each answer that has ended
   */
  AnswerBatch(ServedModel model, Ready first, Queue ready, Consumer<Answer> end) {
    this.model = model;
    this.next = Optional.of(first);
    this.ready = ready;
    this.end = end;
  }

  /** Answers until no request is left. */
  void run() {
    try {
      model.answerAll(this, this);
    } catch (RuntimeException | Error e) {
      running.forEach(answer -> fail(answer, e));
      running.forEach(end);
      next.ifPresent(request -> {
        fail(request.answer, e);
        end.accept(request.answer);
      });
    }
  }

  @Override
  public boolean hasNext() {
    if (begun && model.isAwaited()) {
      return false;
    }
    next = next.or(ready::poll);
    dropCancelled();
    long start = System.nanoTime();
    while (next.isEmpty() && running.isEmpty() && mayWait(start)) {
      next = ready.await();
      dropCancelled();
    }
    return next.isPresent();
  }

  private boolean mayWait(long start) {
    return !ready.isClosed() && !model.isAwaited() && System.nanoTime() - start < LINGER.toNanos();
  }

  private void dropCancelled() {
    while (next.isPresent() && next.get().answer.isCancelled()) {
      end.accept(next.get().answer);
      next = ready.poll();
    }
  }

  @Override
  public BatchRequest<Answer> next() {
    Ready request = next.orElseThrow(() -> new NoSuchElementException("no request waits"));
    next = Optional.empty();
    begun = true;
    running.add(request.answer);
    return new BatchRequest<>(
        request.answer, () -> request.prompt, request.options, request.answer);
  }

  @Override
  public void completed(Answer answer, Generation generation) {
    running.remove(answer);
    if (generation.finishReason() != FinishReason.CANCELLED) {
      answer.complete(generation);
    }
    end.accept(answer);
  }

  @Override
  public void failed(Answer answer, Exception reason) {
    running.remove(answer);
    fail(answer, reason);
    end.accept(answer);
  }

  /** Tells a client why it gets no answer. */
  static void fail(Answer answer, Throwable e) {
    ApiError error = ApiError.ofModel(e);
    if (error.isInternal()) {
      LOG.log(Logger.Level.ERROR, "a request failed", e);
    }
    answer.fail(error);
  }
}

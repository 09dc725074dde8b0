package dev.loupe.server;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import java.lang.System.Logger;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Requests that a model answers side by side: the first, and those that are ready when a place is
 * free. What happens to one does not touch the others. One use, on the thread of the model.
 */
final class AnswerBatch implements Iterator<BatchRequest<Answer>>, BatchListener<Answer> {

  private static final Logger LOG = System.getLogger(AnswerBatch.class.getName());

  private final Supplier<Optional<Ready>> ready;
  private final Consumer<Answer> end;
  private final Set<Answer> running = new LinkedHashSet<>();
  private Optional<Ready> next;

  /** A request with its pictures. */
  record Ready(Answer answer, Prompt prompt, GenerationOptions options) {}

  /**
   * A batch that has not begun.
   *
   * @param ready takes the next request out of the queue, if one waits
   * @param end gets each answer that has ended
   */
  AnswerBatch(Ready first, Supplier<Optional<Ready>> ready, Consumer<Answer> end) {
    this.next = Optional.of(first);
    this.ready = ready;
    this.end = end;
  }

  /** Answers until no request is left. */
  void run(ServedModel model) {
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
    next = next.or(ready);
    while (next.isPresent() && next.get().answer.isCancelled()) {
      end.accept(next.get().answer);
      next = ready.get();
    }
    return next.isPresent();
  }

  @Override
  public BatchRequest<Answer> next() {
    Ready request = next.orElseThrow(() -> new NoSuchElementException("no request waits"));
    next = Optional.empty();
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

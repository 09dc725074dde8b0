package dev.loupe.server;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import java.lang.System.Logger;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Answers one request after the other, in order of arrival, on one platform thread. A virtual
 * thread that computes would hold a carrier thread that other requests need for sending.
 */
final class GenerationQueue implements AutoCloseable {

  /** The thread that runs the model. */
  static final String THREAD = "loupe-answers";

  private static final Logger LOG = System.getLogger(GenerationQueue.class.getName());

  private final ServedModel model;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name(THREAD).factory());
  private final Set<Answer> pending = ConcurrentHashMap.newKeySet();

  GenerationQueue(ServedModel model) {
    this.model = model;
  }

  /** Adds a request to the queue. */
  Answer submit(ChatRequest request) {
    Answer answer = new Answer();
    pending.add(answer);
    try {
      thread.execute(() -> answer(request, answer));
    } catch (RejectedExecutionException e) {
      pending.remove(answer);
      throw ApiError.ending();
    }
    return answer;
  }

  private void answer(ChatRequest request, Answer answer) {
    try {
      if (answer.isCancelled()) {
        return;
      }
      Generation generation = model.generate(request.prompt(), request.options(), answer);
      if (generation.finishReason() != FinishReason.CANCELLED) {
        answer.complete(generation);
      }
    } catch (RuntimeException | Error e) {
      ApiError error = ApiError.ofModel(e);
      if (error.isInternal()) {
        LOG.log(Logger.Level.ERROR, "a request failed", e);
      }
      answer.fail(error);
    } finally {
      pending.remove(answer);
    }
  }

  /** How many requests run or wait. */
  int pending() {
    return pending.size();
  }

  /**
   * Ends the running answer after its current token, and refuses the requests that wait. Returns
   * when the model is idle, after one token or one prompt at most.
   */
  @Override
  public void close() {
    thread.shutdown();
    for (Answer answer : pending) {
      answer.fail(ApiError.ending());
      answer.cancel();
    }
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

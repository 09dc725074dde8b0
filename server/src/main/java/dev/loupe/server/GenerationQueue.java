package dev.loupe.server;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.server.AnswerBatch.Ready;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Decodes the pictures of requests on a few platform threads, and answers some requests side by
 * side on another: whose pictures are ready first comes first, as soon as a place among them is
 * free. A virtual thread that decodes or computes would hold a carrier thread that other requests
 * need for sending.
 *
 * <p>Few requests have decoded pictures in memory, however many wait: the next is decoded when an
 * earlier one is answered. A cancelled request that waits leaves at once, with its pictures.
 */
final class GenerationQueue implements AutoCloseable {

  /** The thread that runs the model. */
  static final String THREAD = "loupe-answers";

  /** What the names of the threads that decode pictures begin with. */
  static final String DECODERS = "loupe-pictures-";

  /** Two, so that one slow picture does not keep others waiting. */
  private static final int DECODING = 2;

  /** How long closing waits for pictures that are being decoded. */
  private static final int GRACE_SECONDS = 2;

  /** How soon an idle batch notices that the server closes, or that another caller waits. */
  private static final long MOMENT_MILLISECONDS = 20;

  private final ServedModel model;
  private final RequestPictures pictures;
  private final Function<String, AnswerWatch> watches;
  private final ThreadPoolExecutor decoders =
      threads(DECODING, Thread.ofPlatform().daemon().name(DECODERS, 0).factory());
  private final ThreadPoolExecutor answers = threads(1, Thread.ofPlatform().name(THREAD).factory());
  private final Map<Answer, Step> pending = new ConcurrentHashMap<>();

  /** The places for requests with decoded pictures: those that run, and those that come next. */
  private final Semaphore places;

  /** Who has one of the places. */
  private final Set<Answer> placed = ConcurrentHashMap.newKeySet();

  /**
   * @param model that answers
   * @param pictures decodes the pictures of requests
   * @param watches look at the numbers of an answer, by the id of its request
   */
  GenerationQueue(
      ServedModel model, RequestPictures pictures, Function<String, AnswerWatch> watches) {
    this.model = model;
    this.pictures = pictures;
    this.watches = watches;
    this.places = new Semaphore(DECODING + model.batch());
  }

  private static ThreadPoolExecutor threads(int count, ThreadFactory factory) {
    return new ThreadPoolExecutor(
        count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
  }

  /** What is next for a request, and the pool whose thread does it. */
  private sealed interface Step extends Runnable {
    ThreadPoolExecutor pool();
  }

  private final class Decoding implements Step {
    private final Answer answer;
    private final ChatRequest request;

    Decoding(Answer answer, ChatRequest request) {
      this.answer = answer;
      this.request = request;
    }

    @Override
    public ThreadPoolExecutor pool() {
      return decoders;
    }

    @Override
    public void run() {
      decode(answer, request);
    }
  }

  /** The first of a batch runs; those that join it never do, for the batch takes them itself. */
  private final class Answering implements Step {
    private final Ready request;

    Answering(Answer answer, Prompt prompt, GenerationOptions options) {
      this.request = new Ready(answer, prompt, options);
    }

    @Override
    public ThreadPoolExecutor pool() {
      return answers;
    }

    @Override
    public void run() {
      new AnswerBatch(model, request, new WaitingAnswers(), GenerationQueue.this::end).run();
    }
  }

  private final class WaitingAnswers implements AnswerBatch.Queue {
    @Override
    public Optional<Ready> poll() {
      return request(answers.getQueue().poll());
    }

    @Override
    public Optional<Ready> await() {
      try {
        return request(answers.getQueue().poll(MOMENT_MILLISECONDS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts the thread of the model", e);
      }
    }

    private static Optional<Ready> request(Runnable step) {
      return step instanceof Answering next ? Optional.of(next.request) : Optional.empty();
    }

    @Override
    public boolean isClosed() {
      return answers.isShutdown();
    }
  }

  /** Adds a request to the queue. */
  Answer submit(ChatRequest request) {
    Answer answer = new Answer(watches.apply(request.id()));
    enter(
        answer,
        request.pictures().isEmpty()
            ? new Answering(answer, request.prompt(List.of()), request.options())
            : new Decoding(answer, request));
    return answer;
  }

  private void enter(Answer answer, Step step) {
    pending.put(answer, step);
    try {
      step.pool().execute(step);
    } catch (RejectedExecutionException e) {
      end(answer);
      throw ApiError.ending();
    }
    if (answer.isCancelled()) {
      leave(answer);
    }
  }

  /** Cancels an answer: it ends after the current token, or leaves the queue. */
  void cancel(Answer answer) {
    answer.cancel();
    leave(answer);
  }

  private void leave(Answer answer) {
    Step step = pending.get(answer);
    if (step != null && step.pool().remove(step)) {
      end(answer);
    }
  }

  private void end(Answer answer) {
    pending.remove(answer);
    if (placed.remove(answer)) {
      places.release();
    }
  }

  private void decode(Answer answer, ChatRequest request) {
    try {
      places.acquire();
      placed.add(answer);
      Prompt prompt = request.prompt(pictures.decode(request.pictures(), answer));
      enter(answer, new Answering(answer, prompt, request.options()));
    } catch (InterruptedException e) {
      AnswerBatch.fail(answer, ApiError.ending());
      end(answer);
    } catch (RuntimeException | Error e) {
      AnswerBatch.fail(answer, e);
      end(answer);
    }
  }

  /** How many requests run or wait. */
  int pending() {
    return pending.size();
  }

  /**
   * Ends the running answers after their current token, and refuses the requests that wait. Returns
   * when the model is idle, after one token or one prompt at most.
   */
  @Override
  public void close() {
    decoders.shutdownNow();
    answers.shutdown();
    for (Answer answer : pending.keySet()) {
      answer.fail(ApiError.ending());
      answer.cancel();
    }
    boolean interrupted = false;
    while (!answers.isTerminated()) {
      try {
        answers.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        decoders.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    pending.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

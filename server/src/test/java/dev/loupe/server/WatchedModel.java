package dev.loupe.server;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.RgbImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * A model that says how many answers grew side by side. Until some have begun it takes no step
 * without the next one, which it awaits with patience. Until they grow together it rests after each
 * token: a prompt has three times the time of a step, so few steps come between the prompts.
 */
class WatchedModel implements ServedModel {

  private static final long PAUSE_MILLISECONDS = 20;

  private final ServedModel real;
  private final int expected;
  private final Set<Answer> running = new HashSet<>();
  private final List<Generation> ended = new ArrayList<>();
  private volatile int mostTogether;

  /** Requests that were taken, also those that ended early; by the thread of the batch alone. */
  private int begun;

  private String broken = "";
  private int breaksAt;

  /**
   * Watches a model.
   *
   * @param batch how many it answers side by side
   * @param expected how many it waits for
   */
  WatchedModel(Qwen2Vl model, int batch, int expected) {
    this.real = ServedModel.of(model, batch);
    this.expected = expected;
  }

  /** The same, where the answer to this question fails at its nth token. */
  WatchedModel failingAt(String question, int token) {
    broken = question;
    breaksAt = token;
    return this;
  }

  /** The largest number of answers that got tokens in turns. */
  int mostTogether() {
    return mostTogether;
  }

  /** All answers that ended without failure. */
  synchronized List<Generation> ended() {
    return List.copyOf(ended);
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public String computeName() {
    return real.computeName();
  }

  @Override
  public int batch() {
    return real.batch();
  }

  @Override
  public boolean isAwaited() {
    return real.isAwaited();
  }

  @Override
  public RgbImage resized(RgbImage picture, GenerationOptions options) {
    return real.resized(picture, options);
  }

  @Override
  public void answerAll(Iterator<BatchRequest<Answer>> requests, BatchListener<Answer> listener) {
    Iterator<BatchRequest<Answer>> watched =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            long end = System.nanoTime() + Await.PATIENCE.toNanos();
            boolean more = requests.hasNext();
            while (!more && begun < expected && System.nanoTime() < end) {
              pause();
              more = requests.hasNext();
            }
            return more;
          }

          @Override
          public BatchRequest<Answer> next() {
            begun++;
            return watched(requests.next());
          }
        };
    real.answerAll(
        watched,
        new BatchListener<>() {
          @Override
          public void completed(Answer answer, Generation generation) {
            end(answer, List.of(generation));
            listener.completed(answer, generation);
          }

          @Override
          public void failed(Answer answer, Exception reason) {
            end(answer, List.of());
            listener.failed(answer, reason);
          }
        });
  }

  private BatchRequest<Answer> watched(BatchRequest<Answer> request) {
    int[] tokens = {0};
    boolean[] breaks = {false};
    return new BatchRequest<>(
        request.key(),
        () -> {
          Prompt prompt = request.prompt().call();
          breaks[0] = !broken.isEmpty() && prompt.toString().contains(broken);
          return prompt;
        },
        request.options(),
        (id, text) -> {
          token(request.key());
          if (breaks[0] && ++tokens[0] == breaksAt) {
            throw new IllegalArgumentException("broken for this test");
          }
          return request.listener().token(id, text);
        });
  }

  private void token(Answer answer) {
    synchronized (this) {
      running.add(answer);
      mostTogether = Math.max(mostTogether, running.size());
    }
    if (mostTogether < expected) {
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void end(Answer answer, List<Generation> generations) {
    running.remove(answer);
    ended.addAll(generations);
  }
}

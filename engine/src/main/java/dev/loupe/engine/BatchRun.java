package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Many requests, some side by side: as one ends, the next begins. While its prompt is computed, the
 * others get their tokens in turn with it. One thread, one use.
 *
 * @param <K> the type of the keys
 */
final class BatchRun<K> implements AutoCloseable {
  private final ConfiguredModel model;
  private final int size;
  private final Iterator<BatchRequest<K>> requests;
  private final BatchListener<K> listener;
  private final PromptEncoder prompts;
  private final PrefixPool prefixes;
  private final EmbeddingCache embeddings;
  private final GenerationRun run;
  private final PromptTurns turns;
  private final Optional<BatchTrace<K>> trace;

  /** Of the answers that grow, in the order of their rows. */
  private final List<K> keys = new ArrayList<>();

  /** A request whose prompt is computed. */
  private record Begun(Sequence sequence, RunningAnswer answer, Tensor logits) {}

  /**
   * A batch that has not begun.
   *
   * @param size how many answers are made side by side
   * @param embeddings of pictures, kept from one request to the next
   * @param trace watches, if anyone does
   */
  BatchRun(
      ConfiguredModel model,
      int size,
      Iterator<BatchRequest<K>> requests,
      BatchListener<K> listener,
      EmbeddingCache embeddings,
      Optional<BatchTrace<K>> trace) {
    this.model = model;
    this.size = size;
    this.requests = requests;
    this.listener = listener;
    this.prompts = new PromptEncoder(model.loaded());
    this.prefixes = new PrefixPool(model::newPrefix);
    this.trace = trace;
    this.embeddings = embeddings;
    this.run =
        new GenerationRun(model, trace.<NumericsTrace>map(t -> t).orElse(NumericsTrace.NONE));
    this.turns = new PromptTurns(run);
  }

  /** Answers until there are no more requests, or the thread is interrupted. */
  void run() {
    fill();
    while (run.size() > 0) {
      trace.ifPresent(t -> t.tokens(List.copyOf(keys)));
      turns.step();
      fill();
    }
  }

  private void fill() {
    while (run.size() < size && !Thread.currentThread().isInterrupted() && requests.hasNext()) {
      BatchRequest<K> request = requests.next();
      try (var _ = run.scratch().frame()) {
        prefill(request)
            .ifPresent(b -> {
              keys.add(request.key());
              run.begin(b.sequence, List.of(b.answer), b.logits);
            });
      }
    }
  }

  /** Runs the prompt of a request; a failure ends this request only. */
  private Optional<Begun> prefill(BatchRequest<K> request) {
    try {
      EncodedPrompt prompt = prompts.encode(request.prompt().call(), request.options());
      PrefixCache cache = prefixes.take(prompt);
      try {
        trace.ifPresent(t -> {
          cache.truncate(0);
          t.prompt(request.key());
        });
        Receiver receiver = new Receiver(request.key(), cache);
        RunningAnswer answer =
            RunningAnswer.to(prompt, model, request.options(), request.listener(), receiver);
        Sequence sequence = Sequence.of(model, prompt, cache);
        answer.watch(sequence);
        return Optional.of(new Begun(sequence, answer, firstLogits(sequence)));
      } catch (RuntimeException | Error e) {
        prefixes.give(cache);
        throw e;
      }
    } catch (Exception e) {
      turns.requireSound();
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      listener.failed(request.key(), e);
      return Optional.empty();
    }
  }

  /** An observer sees each prompt whole. Otherwise the others get tokens in turn with it. */
  private Tensor firstLogits(Sequence sequence) {
    return trace.isPresent()
        ? run.prefill(sequence, embeddings)
        : run.scratch().interrupted(turns, () -> run.prefill(sequence, embeddings));
  }

  /** Gives back the cache of an answer at its end. */
  private final class Receiver implements RunningAnswer.Receiver {
    private final K key;
    private final PrefixCache cache;

    Receiver(K key, PrefixCache cache) {
      this.key = key;
      this.cache = cache;
    }

    @Override
    public void completed(Generation answer) {
      ended();
      listener.completed(key, answer);
    }

    @Override
    public void failed(RuntimeException reason) {
      ended();
      listener.failed(key, reason);
    }

    private void ended() {
      keys.remove(key);
      prefixes.give(cache);
    }
  }

  /** The memory of keys and values of earlier answers and of those that grow. */
  long prefixBytes() {
    return prefixes.bytes();
  }

  @Override
  public void close() {
    run.close();
    prefixes.close();
  }
}

package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/**
 * Many requests on their way through the model, some side by side. Each place keeps its keys and
 * values after an answer, for the next request that begins alike. One thread, one use.
 *
 * @param <K> the type of the keys
 */
final class BatchRun<K> implements AutoCloseable {
  private final LoadedModel loaded;
  private final int size;
  private final Iterator<BatchRequest<K>> requests;
  private final BatchListener<K> listener;
  private final Workspace w;
  private final PictureMemory pictures = PictureMemory.create();
  private final List<PrefixMemory> free = new ArrayList<>();
  private final List<Running<K>> running = new ArrayList<>();

  /** A request in its place. */
  private record Running<K>(K key, Sequence sequence, PrefixMemory place) {}

  /**
   * A batch that has not begun.
   *
   * @param size how many answers are made side by side
   */
  BatchRun(
      LoadedModel loaded,
      NumericsProfile profile,
      int size,
      Iterator<BatchRequest<K>> requests,
      BatchListener<K> listener) {
    this.loaded = loaded;
    this.size = size;
    this.requests = requests;
    this.listener = listener;
    this.w = new Workspace(loaded.backend(), profile, NumericsTrace.NONE);
  }

  /** Answers until there are no more requests, or the thread is interrupted. */
  void run() {
    fill();
    while (!running.isEmpty()) {
      step();
      fill();
    }
  }

  private void fill() {
    while (running.size() < size && !Thread.currentThread().isInterrupted() && requests.hasNext()) {
      begin(requests.next());
    }
  }

  /** Runs the prompt of a request; what goes wrong is its own failure. */
  private void begin(BatchRequest<K> request) {
    Running<K> begun;
    boolean more;
    try {
      Prompt prompt = request.prompt().call();
      PromptEncoder encoder = PromptEncoder.of(loaded, request.options());
      EncodedPrompt encoded = encoder.encode(prompt);
      GenerationState state =
          new AnswerRules(loaded, w.profile(), request.options())
              .begin(encoded.ids(), request.listener());
      PrefixMemory place = place(encoded);
      try {
        Sequence sequence = new Sequence(loaded, encoder, encoded, state, place);
        more = sequence.begin(pictures, w);
        begun = new Running<>(request.key(), sequence, place);
      } catch (RuntimeException e) {
        free.add(place);
        throw e;
      }
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      listener.failed(request.key(), e);
      return;
    }
    running.add(begun);
    if (!more) {
      complete(begun);
    }
  }

  /** The free place that holds most of the prompt already, else a new one. */
  private PrefixMemory place(EncodedPrompt prompt) {
    if (free.isEmpty()) {
      return new PrefixMemory(loaded.model().newCache());
    }
    PrefixMemory best =
        free.stream().max(Comparator.comparingInt(p -> p.common(prompt))).orElseThrow();
    free.remove(best);
    return best;
  }

  /** One token for each sequence; a listener or a bad distribution ends its own alone. */
  private void step() {
    try (var _ = w.frame()) {
      List<Running<K>> all = List.copyOf(running);
      List<Sequence> sequences = all.stream().map(Running::sequence).toList();
      Tensor logits = Sequence.step(sequences, loaded.model(), w);
      for (int i = 0; i < all.size(); i++) {
        Running<K> one = all.get(i);
        boolean more;
        try {
          more = one.sequence.accept(logits.rows(i, i + 1L), w);
        } catch (RuntimeException e) {
          leave(one);
          listener.failed(one.key, e);
          continue;
        }
        if (!more) {
          complete(one);
        }
      }
    }
  }

  private void complete(Running<K> one) {
    Generation answer = one.sequence.finish();
    leave(one);
    listener.completed(one.key, answer);
  }

  private void leave(Running<K> one) {
    running.remove(one);
    free.add(one.place);
  }

  @Override
  public void close() {
    running.forEach(one -> one.place.close());
    free.forEach(PrefixMemory::close);
    w.close();
  }
}

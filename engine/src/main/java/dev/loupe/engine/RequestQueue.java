package dev.loupe.engine;

import dev.loupe.tensor.ProductRate;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Requests to a model, which wait for each other and run one at a time. Any thread may ask.
 *
 * @param model answers
 * @param lock of the model; shared by all queues of one model
 */
record RequestQueue(ConfiguredModel model, RequestLock lock) {

  /** Answers a prompt, and keeps nothing. */
  Generation answer(
      Prompt prompt, GenerationOptions options, TokenListener listener, NumericsTrace trace) {
    return inTurn(() -> {
      try (SessionCaches caches = new SessionCaches(model.newPrefix(), EmbeddingCache.none())) {
        return answer(prompt, options, listener, trace, caches);
      }
    });
  }

  /** Answers a turn of a conversation, which has these caches. */
  Generation answer(
      Prompt prompt, GenerationOptions options, TokenListener listener, SessionCaches caches) {
    return inTurn(() -> answer(prompt, options, listener, NumericsTrace.NONE, caches));
  }

  private Generation answer(
      Prompt prompt,
      GenerationOptions options,
      TokenListener listener,
      NumericsTrace trace,
      SessionCaches caches) {
    EncodedPrompt encoded = new PromptEncoder(model.loaded()).encode(prompt, options);
    try (GenerationRun run = new GenerationRun(model, trace)) {
      return run.answer(encoded, options, listener, caches);
    }
  }

  /** Runs a prompt once and shows everything to an observer. */
  void trace(Prompt prompt, GenerationOptions options, NumericsTrace trace) {
    inTurn(() -> {
      EncodedPrompt encoded = new PromptEncoder(model.loaded()).encode(prompt, options);
      try (GenerationRun run = new GenerationRun(model, trace);
          PrefixCache prefix = model.newPrefix()) {
        run.trace(encoded, new SessionCaches(prefix, EmbeddingCache.none()));
      }
      return trace;
    });
  }

  /** About how long an answer takes; empty if it is a matter of seconds. */
  Optional<TimeEstimate> estimate(
      Prompt prompt, GenerationOptions options, NumericsProfile profile) {
    return inTurn(() -> {
      EncodedPrompt encoded = new PromptEncoder(model.loaded()).encode(prompt, options);
      ModelCost cost =
          new ModelCost(
              model.loaded().config(), profile.compute().bytes(), profile.compute().bytes());
      return TimeEstimate.isLarge(cost, encoded)
          ? Optional.of(
              TimeEstimate.of(
                  cost, encoded, ProductRate.measure(model.loaded().backend(), profile)))
          : Optional.empty();
    });
  }

  /** Answers many requests, up to {@code size} of them side by side. */
  <K> void answerAll(
      int size,
      Iterator<BatchRequest<K>> requests,
      BatchListener<K> listener,
      Optional<BatchTrace<K>> trace) {
    inTurn(() -> {
      EmbeddingCache embeddings =
          trace.isPresent() ? EmbeddingCache.none() : EmbeddingCache.create();
      try (BatchRun<K> batch = new BatchRun<>(model, size, requests, listener, embeddings, trace)) {
        batch.run();
      }
      return listener;
    });
  }

  /** Answers one prompt in several ways. */
  void answerVariants(Prompt prompt, List<Variant> variants, VariantListener listener) {
    inTurn(() -> {
      new VariantRun(model, prompt, listener).run(variants);
      return listener;
    });
  }

  /** Empty caches for a conversation, which the caller closes. */
  SessionCaches newCaches() {
    return inTurn(() -> new SessionCaches(model.newPrefix(), EmbeddingCache.create()));
  }

  private <T> T inTurn(Supplier<T> work) {
    lock.enter(model.loaded().name());
    try {
      return work.get();
    } finally {
      lock.leave();
    }
  }

  /** Waits for the running request and frees the model. */
  void close() {
    lock.close(model.loaded().name(), model.loaded()::close);
  }
}

package dev.loupe.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The caches of a batch: each serves one answer after the other and keeps what it holds for the
 * next prompt that begins alike. Owns all of them, those in use too. One thread.
 */
final class PrefixPool implements AutoCloseable {
  private final Supplier<PrefixCache> newCache;
  private final List<PrefixCache> all = new ArrayList<>();
  private final List<PrefixCache> free = new ArrayList<>();

  /** A pool that makes a cache when none is free. */
  PrefixPool(Supplier<PrefixCache> newCache) {
    this.newCache = newCache;
  }

  /** The free cache that holds most of the prompt already, else a new one. */
  PrefixCache take(EncodedPrompt prompt) {
    if (free.isEmpty()) {
      PrefixCache added = newCache.get();
      all.add(added);
      return added;
    }
    PrefixCache best =
        free.stream().max(Comparator.comparingInt(c -> c.common(prompt))).orElseThrow();
    free.remove(best);
    return best;
  }

  /** Takes back a cache. */
  void give(PrefixCache cache) {
    free.add(cache);
  }

  /** The memory of all of them, which no prompt gives back before the end. */
  long bytes() {
    return all.stream().mapToLong(cache -> cache.cache().bytes()).sum();
  }

  @Override
  public void close() {
    all.forEach(PrefixCache::close);
  }
}

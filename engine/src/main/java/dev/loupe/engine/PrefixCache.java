package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.Arrays;
import java.util.List;

/**
 * The keys and values of the last sequence, with the tokens and pictures that they belong to. A
 * prompt that begins like that sequence computes only what is new. One thread at a time; owns its
 * cache.
 */
final class PrefixCache implements AutoCloseable {
  private final KvCache cache;
  private int[] ids = {};
  private List<PromptPicture> pictures = List.of();

  /** An empty cache in these keys and values. */
  PrefixCache(KvCache cache) {
    this.cache = cache;
  }

  /** A cache of its own with the same content. */
  PrefixCache copy() {
    PrefixCache copy = new PrefixCache(cache.copy());
    copy.ids = ids;
    copy.pictures = pictures;
    return copy;
  }

  KvCache cache() {
    return cache;
  }

  /**
   * Whether a row has the same bits alone and beside other rows of its sequence, so that a prompt
   * may be computed in parts. Not in eager attention in 16 bits, where a masked score of a later
   * token can spoil a row (overflow, NaN, and the remedies that look at a whole layer). Not where
   * sums run backwards: rows side by side add the weighted values that all of them see first.
   */
  static boolean exact(NumericsProfile profile) {
    return (profile.attention() == AttentionKind.SDPA || profile.compute() == DType.F32)
        && profile.accumulation().order() == Accumulation.Order.SEQUENTIAL;
  }

  /** How many tokens at the beginning of a prompt are here, less than all of them. */
  int common(EncodedPrompt prompt) {
    int limit = Math.min(Math.min(ids.length, cache.length()), prompt.length() - 1);
    int mismatch = Arrays.mismatch(ids, 0, limit, prompt.ids(), 0, limit);
    int common = mismatch < 0 ? limit : mismatch;
    for (PromptPicture picture : prompt.pictures()) {
      if (picture.start() < common && !holds(picture)) {
        common = picture.start();
      }
    }
    return common;
  }

  private boolean holds(PromptPicture picture) {
    return pictures.stream()
        .filter(p -> p.start() == picture.start())
        .anyMatch(p -> p.content().equals(picture.content()));
  }

  /** Forgets all tokens from {@code length} on. */
  void truncate(int length) {
    cache.truncate(length);
    ids = Arrays.copyOf(ids, Math.min(length, ids.length));
    pictures = pictures.stream().filter(p -> p.end() <= length).toList();
  }

  /** The cache now holds the beginning of these tokens, which have these pictures. */
  void holds(int[] tokens, List<PromptPicture> inThem) {
    ids = Arrays.copyOf(tokens, cache.length());
    pictures = inThem;
  }

  @Override
  public void close() {
    cache.close();
  }
}

package dev.loupe.engine;

/**
 * What a conversation keeps from one turn to the next. One thread at a time; owns the keys and
 * values.
 *
 * @param prefix keys and values of its last sequence
 * @param embeddings of its pictures
 */
record SessionCaches(PrefixCache prefix, EmbeddingCache embeddings) implements AutoCloseable {

  /** Caches of its own with the same content. */
  SessionCaches copy() {
    return new SessionCaches(prefix.copy(), embeddings.copy());
  }

  @Override
  public void close() {
    prefix.close();
  }
}

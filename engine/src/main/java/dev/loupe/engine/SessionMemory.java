package dev.loupe.engine;

/**
 * What a chat session keeps of its turns.
 *
 * @param prefix keys and values
 * @param pictures embeddings
 */
record SessionMemory(PrefixMemory prefix, PictureMemory pictures) implements AutoCloseable {

  /** A memory of its own with the same content. */
  SessionMemory copy() {
    return new SessionMemory(prefix.copy(), pictures.copy());
  }

  @Override
  public void close() {
    prefix.close();
  }
}

package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The embeddings of the pictures that a session or batch saw last, by content, so that the same
 * picture is not encoded again. On the heap, up to a fixed number of bytes; the picture that was
 * not used for the longest time is removed first. One thread at a time.
 */
final class EmbeddingCache {

  /** About 11,000 tokens of the 2B model, 40 pictures of 448 x 448 pixels. */
  private static final long CAPACITY = 64L << 20;

  private final Map<PromptPicture.Content, float[]> known;
  private final long capacity;
  private long bytes;

  private EmbeddingCache(long capacity, Map<PromptPicture.Content, float[]> known, long bytes) {
    this.capacity = capacity;
    this.known = new LinkedHashMap<>(16, 0.75f, true);
    this.known.putAll(known);
    this.bytes = bytes;
  }

  /** An empty cache. */
  static EmbeddingCache create() {
    return upTo(CAPACITY);
  }

  /** A cache that keeps nothing, for a single request. */
  static EmbeddingCache none() {
    return upTo(0);
  }

  /** An empty cache that keeps so many bytes. */
  static EmbeddingCache upTo(long capacity) {
    return new EmbeddingCache(capacity, Map.of(), 0);
  }

  /**
   * A cache of its own with the same content; arrays are shared, because no code writes to them.
   */
  EmbeddingCache copy() {
    return new EmbeddingCache(capacity, known, bytes);
  }

  /** How many bytes of embeddings it keeps. */
  long bytes() {
    return bytes;
  }

  /** The embeddings of a picture, row after row. */
  Optional<float[]> find(PromptPicture picture) {
    return known.isEmpty() ? Optional.empty() : Optional.ofNullable(known.get(picture.content()));
  }

  /** Keeps the embeddings [tokens, hiddenSize] of a picture. */
  void keep(PromptPicture picture, Tensor embeddings) {
    MemorySegment segment = embeddings.segment();
    if (segment.byteSize() > capacity) {
      return;
    }
    float[] rows = segment.toArray(Tensor.FLOAT);
    float[] before = known.put(picture.content(), rows);
    bytes += 4L * rows.length - (before == null ? 0 : 4L * before.length);
    Iterator<float[]> oldest = known.values().iterator();
    while (bytes > capacity) {
      bytes -= 4L * oldest.next().length;
      oldest.remove();
    }
  }
}

package dev.loupe.tokenizer;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;

/** The tokens of a model, BPE entries and added ones, by id and by text. Immutable. */
final class Vocabulary {
  private static final int NONE = -1;
  private static final byte[] NOTHING = {};

  private final Object2IntOpenHashMap<String> ids;
  private final Int2ObjectOpenHashMap<String> entries = new Int2ObjectOpenHashMap<>();
  private final Int2ObjectOpenHashMap<AddedToken> added = new Int2ObjectOpenHashMap<>();
  private final int size;

  /**
   * Takes over {@code ids}, which the caller must not change afterwards.
   *
   * @param ids the BPE entries in the byte alphabet, each with an id of its own
   * @param addedTokens their ids and texts do not contradict {@code ids}
   */
  Vocabulary(Object2IntOpenHashMap<String> ids, Collection<AddedToken> addedTokens) {
    this.ids = ids;
    ids.defaultReturnValue(NONE);
    entries.ensureCapacity(ids.size());
    ids.object2IntEntrySet().fastForEach(e -> entries.put(e.getIntValue(), e.getKey()));
    for (AddedToken token : addedTokens) {
      ids.put(token.content(), token.id());
      entries.put(token.id(), token.content());
      added.put(token.id(), token);
    }
    size = 1 + entries.keySet().intStream().max().orElse(NONE);
  }

  OptionalInt id(String token) {
    int id = ids.getInt(token);
    return id == NONE ? OptionalInt.empty() : OptionalInt.of(id);
  }

  Optional<String> token(int id) {
    return Optional.ofNullable(entries.get(id));
  }

  boolean isSpecial(int id) {
    AddedToken token = added.get(id);
    return token != null && token.special();
  }

  /** What a token adds to the UTF-8 text; nothing for an id without a token. */
  byte[] bytes(int id) {
    String token = entries.get(id);
    if (token == null) {
      return NOTHING;
    }
    return added.containsKey(id)
        ? token.getBytes(StandardCharsets.UTF_8)
        : ByteAlphabet.bytesOf(token);
  }

  Collection<AddedToken> added() {
    return added.values();
  }

  /** One more than the largest id. */
  int size() {
    return size;
  }
}

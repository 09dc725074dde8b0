package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One answer on its way through the model: its prompt, its place in a cache, its tokens, its clock.
 * One thread, one use.
 */
final class Sequence {
  private final LoadedModel loaded;
  private final PromptEncoder encoder;
  private final EncodedPrompt prompt;
  private final GenerationState state;
  private final PrefixMemory memory;
  private final float[] scores;
  private int cachedTokens;
  private Duration image = Duration.ZERO;
  private Duration prefill = Duration.ZERO;
  private long firstToken;

  /**
   * An answer to a prompt.
   *
   * @param state without a token yet
   * @param memory what it may go on from, and leaves its own keys and values in
   */
  Sequence(
      LoadedModel loaded,
      PromptEncoder encoder,
      EncodedPrompt prompt,
      GenerationState state,
      PrefixMemory memory) {
    this.loaded = loaded;
    this.encoder = encoder;
    this.prompt = prompt;
    this.state = state;
    this.memory = memory;
    this.scores = new float[loaded.config().text().vocabSize()];
  }

  /**
   * Runs the prompt and chooses the first token.
   *
   * @return whether another one follows
   */
  boolean begin(PictureMemory pictures, Workspace w) {
    try (var _ = w.frame()) {
      Tensor hidden = prefill(pictures, w);
      long start = System.nanoTime();
      Tensor logits = loaded.model().logits(last(hidden), w);
      prefill = prefill.plus(since(start));
      firstToken = System.nanoTime();
      return accept(logits, w);
    }
  }

  private static Tensor last(Tensor rows) {
    return rows.rows(rows.rowCount() - 1L, rows.rowCount());
  }

  /**
   * Runs what the memory does not hold of the prompt.
   *
   * @return normalised hidden states of those tokens, in scratch memory
   */
  Tensor prefill(PictureMemory pictures, Workspace w) {
    int from = PrefixMemory.exact(w.profile()) ? memory.common(prompt) : 0;
    memory.truncate(from);
    cachedTokens = from;
    try {
      long start = System.nanoTime();
      Tensor embeddings = embeddings(from, pictures, w);
      image = since(start);
      start = System.nanoTime();
      Tensor hidden =
          loaded
              .model()
              .prefill(prompt.ids(), embeddings, prompt.positions(), from, memory.cache(), w);
      prefill = since(start);
      return hidden;
    } catch (RuntimeException | Error e) {
      memory.truncate(0);
      throw e;
    }
  }

  /**
   * The embeddings of all pictures and clips [tokens, hiddenSize]; rows of those before {@code
   * from} are unspecified.
   */
  private Tensor embeddings(int from, PictureMemory known, Workspace w) {
    List<PlacedPicture> all = prompt.pictures();
    Map<PlacedPicture, MemorySegment> rows = new HashMap<>();
    List<PlacedPicture> unknown = new ArrayList<>();
    for (PlacedPicture picture : all) {
      if (picture.end() > from) {
        known
            .find(picture)
            .ifPresentOrElse(
                found -> rows.put(picture, MemorySegment.ofArray(found)),
                () -> unknown.add(picture));
      }
    }
    Tensor fresh = encode(unknown, w);
    int at = 0;
    for (PlacedPicture picture : unknown) {
      Tensor mine = fresh.rows(at, at + (long) picture.tokens());
      known.keep(picture, mine);
      rows.put(picture, mine.segment());
      at += picture.tokens();
    }
    return unknown.size() == all.size() ? fresh : joined(all, rows, w);
  }

  private Tensor joined(
      List<PlacedPicture> all, Map<PlacedPicture, MemorySegment> rows, Workspace w) {
    int width = loaded.config().text().hiddenSize();
    Tensor joined = w.matrix(prompt.pictureTokens(), width);
    int at = 0;
    for (PlacedPicture picture : all) {
      if (rows.containsKey(picture)) {
        joined.rows(at, at + (long) picture.tokens()).segment().copyFrom(rows.get(picture));
      }
      at += picture.tokens();
    }
    return joined;
  }

  /** The embeddings of some pictures, one after the other. */
  private Tensor encode(List<PlacedPicture> pictures, Workspace w) {
    try (Arena arena = Arena.ofShared()) {
      Tensor patches = encoder.patches(pictures, arena);
      InputTrace.show(prompt, patches, arena, w);
      return loaded.model().encode(patches, pictures.stream().map(PlacedPicture::grid).toList(), w);
    }
  }

  /**
   * Chooses the next token.
   *
   * @param logits of it [1, vocabSize]
   * @return whether another one follows
   */
  boolean accept(Tensor logits, Workspace w) {
    w.stage("logits", logits);
    MemorySegment.copy(logits.segment(), Tensor.FLOAT, 0, scores, 0, scores.length);
    return state.accept(scores);
  }

  /**
   * Runs the last token of each of some sequences, in one pass over the weights.
   *
   * @return the logits of what follows [sequences, vocabSize], in scratch memory
   */
  static Tensor step(List<Sequence> running, MultimodalModel model, Workspace w) {
    int[] tokens = running.stream().mapToInt(s -> s.state.lastToken()).toArray();
    int[] positions = running.stream().mapToInt(Sequence::position).toArray();
    List<KvCache> caches = running.stream().map(s -> s.memory.cache()).toList();
    return model.logits(model.step(tokens, positions, caches, w), w);
  }

  /** Text goes on from the largest position of the prompt, which is not its length. */
  private int position() {
    return prompt.positions().next() + state.length() - 1 - prompt.length();
  }

  /** The answer, once no token follows. What the memory holds can be gone on from. */
  Generation finish() {
    Duration decode = since(firstToken);
    memory.holds(state.ids(), prompt.pictures());
    int patch = loaded.config().vision().patchSize();
    return new Generation(
        state.text(),
        state.answer(),
        state.finishReason(),
        prompt.length(),
        cachedTokens,
        prompt.pictures().stream().map(picture -> picture.size(patch)).toList(),
        new Timings(image, prefill, decode));
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}

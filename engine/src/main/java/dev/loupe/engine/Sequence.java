package dev.loupe.engine;

import dev.loupe.engine.telemetry.DecodeEvent;
import dev.loupe.engine.telemetry.PrefillEvent;
import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.StageId;
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
  private PrefixMemory memory;
  private final float[] scores;
  private int cachedTokens;
  private Duration image = Duration.ZERO;
  private Duration prefill = Duration.ZERO;
  private long firstToken;
  private DecodeEvent decoding;

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
      return accept(logits(prefill(pictures, w), w), w);
    }
  }

  /**
   * Runs the whole prompt with pictures that are encoded, and chooses nothing.
   *
   * @param pictures their embeddings [tokens, hiddenSize]
   * @param encoding how long they took
   * @return the logits of the first token [1, vocabSize], in scratch memory
   */
  Tensor firstLogits(Tensor pictures, Duration encoding, Workspace w) {
    image = encoding;
    return logits(prefill(0, pictures, w), w);
  }

  /** Takes over what another sequence of the same prompt has done, up to its first logits. */
  void join(Sequence other) {
    image = other.image;
    prefill = other.prefill;
    begin();
  }

  /** The logits of the first token, after which the clock of the answer runs. */
  private Tensor logits(Tensor hidden, Workspace w) {
    long start = System.nanoTime();
    Tensor last = hidden.rows(hidden.rowCount() - 1L, hidden.rowCount());
    Tensor logits = loaded.model().logits(last, w);
    prefill = prefill.plus(since(start));
    begin();
    return logits;
  }

  private void begin() {
    firstToken = System.nanoTime();
    decoding = DecodeEvent.start();
  }

  /**
   * Runs what the memory does not hold of the prompt.
   *
   * @return normalised hidden states of those tokens, in scratch memory
   */
  Tensor prefill(PictureMemory pictures, Workspace w) {
    int from = PrefixMemory.exact(w.profile()) ? memory.common(prompt) : 0;
    try {
      memory.truncate(from);
      long start = System.nanoTime();
      Tensor embeddings = embeddings(from, pictures, w);
      image = since(start);
      return prefill(from, embeddings, w);
    } catch (RuntimeException | Error e) {
      memory.truncate(0);
      throw e;
    }
  }

  /** The same from token {@code from} on, with these embeddings of pictures. */
  private Tensor prefill(int from, Tensor embeddings, Workspace w) {
    cachedTokens = from;
    long start = System.nanoTime();
    PrefillEvent event = PrefillEvent.start();
    Tensor hidden =
        loaded
            .model()
            .prefill(prompt.ids(), embeddings, prompt.positions(), from, memory.cache(), w);
    prefill = since(start);
    event.done(prompt.length(), from);
    return hidden;
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
    Tensor fresh = encoder.embeddings(prompt, unknown, w);
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

  /**
   * Chooses the next token.
   *
   * @param logits of it [1, vocabSize]
   * @return whether another one follows
   */
  boolean accept(Tensor logits, Workspace w) {
    w.stage(StageId.LOGITS, logits);
    return choose(logits);
  }

  /** The same where the observer has seen the logits. */
  boolean choose(Tensor logits) {
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

  /** The token chosen last. */
  int lastToken() {
    return state.lastToken();
  }

  /** Goes on in a copy of its memory. */
  void moveTo(PrefixMemory copy) {
    memory = copy;
  }

  /** The answer, once no token follows. What the memory holds can be gone on from. */
  Generation finish() {
    Duration decode = since(firstToken);
    decoding.done(state.answer().size(), state.finishReason().toString());
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

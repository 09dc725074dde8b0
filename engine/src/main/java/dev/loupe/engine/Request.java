package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.preprocess.PatchGrid;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/** One prompt on its way through the model, with all memory it needs. One thread, one use. */
final class Request implements AutoCloseable {
  private final LoadedModel loaded;
  private final GenerationOptions options;
  private final PromptEncoder encoder;
  private final EncodedPrompt prompt;
  private final Arena arena = Arena.ofShared();
  private final Workspace w;
  private final SessionMemory memory;
  private final boolean ownsMemory;

  /** A request that remembers nothing and leaves nothing behind. */
  Request(
      LoadedModel loaded,
      NumericsProfile profile,
      Prompt prompt,
      GenerationOptions options,
      NumericsTrace trace) {
    this(loaded, profile, prompt, options, trace, Optional.empty());
  }

  /**
   * A turn of a session.
   *
   * @param memory of the session, which stays the session's
   */
  Request(
      LoadedModel loaded,
      NumericsProfile profile,
      Prompt prompt,
      GenerationOptions options,
      NumericsTrace trace,
      Optional<SessionMemory> memory) {
    this.loaded = loaded;
    this.options = options;
    this.encoder = PromptEncoder.of(loaded, options);
    this.prompt = encoder.encode(prompt);
    this.w = new Workspace(loaded.backend(), profile, trace);
    this.ownsMemory = memory.isEmpty();
    this.memory =
        memory.orElseGet(() ->
            new SessionMemory(new PrefixMemory(loaded.model().newCache()), PictureMemory.none()));
  }

  /** The prompt in the form the model takes, with its patches. */
  ModelInput input() {
    List<PatchGrid> images =
        prompt.pictures().stream().filter(p -> !p.clip()).map(PlacedPicture::grid).toList();
    List<PatchGrid> videos =
        prompt.pictures().stream().filter(PlacedPicture::clip).map(PlacedPicture::grid).toList();
    return new ModelInput(prompt.ids(), encoder.patches(prompt.pictures(), arena), images, videos);
  }

  /** The answer. */
  Generation generate(TokenListener listener) {
    Sequence sequence = sequence(listener);
    boolean more = sequence.begin(memory.pictures(), w);
    while (more) {
      try (var _ = w.frame()) {
        more = sequence.accept(Sequence.step(List.of(sequence), loaded.model(), w), w);
      }
    }
    return sequence.finish();
  }

  /** One forward pass over the whole prompt, its inputs and every stage told to the observer. */
  void trace() {
    Tensor hidden = sequence(TokenListener.NONE).prefill(memory.pictures(), w);
    w.stage(StageId.LOGITS, loaded.model().logits(hidden, w));
  }

  private Sequence sequence(TokenListener listener) {
    GenerationState state =
        new AnswerRules(loaded, w.profile(), options).begin(prompt.ids(), listener);
    return new Sequence(loaded, encoder, prompt, state, memory.prefix());
  }

  @Override
  public void close() {
    if (ownsMemory) {
      memory.close();
    }
    w.close();
    arena.close();
  }
}
